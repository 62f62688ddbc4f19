/** Texts that a careless parser takes for something: deep, huge, unusual, and what looks like a value and is none. */
const SPLINTERS = [
  '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[',
  '{"__proto__":{"x":1}}',
  '1e999',
  '-0',
  '9007199254740993',
  'NaN',
  'null',
  '""',
  '"\\ud800"',
  '\u0000',
  '\u202e',
  '\r\n\r\n',
  '\\',
  ',,',
  '=',
  '2026-02-30T25:61:61Z',
] as const;

/** Makes garbage of a good payload: a few cuts, flips, repeats and splinters at places that `random` ([0, 1)) chooses. */
export function spoil(payload: Buffer, random: () => number): Buffer {
  let spoilt: Buffer = Buffer.from(payload);
  for (let i = 1 + Math.floor(3 * random()); i > 0; i--) spoilt = spoilOnce(spoilt, random);
  return spoilt;
}

function spoilOnce(payload: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * payload.length);
  const [before, after] = [payload.subarray(0, at), payload.subarray(at)];
  switch (Math.floor(6 * random())) {
    case 0:
      return Buffer.from(before);
    case 1: {
      const flipped = Buffer.from(payload);
      if (flipped.length > 0) flipped[at] = flipped[at]! ^ (1 << Math.floor(8 * random()));
      return flipped;
    }
    case 2:
      return Buffer.concat([before, after.subarray(0, 20), after]);
    case 3:
      return Buffer.concat([before, after.subarray(1 + Math.floor(8 * random()))]);
    case 4:
      return Buffer.concat([before, Buffer.from(Array.from({ length: 8 }, () => Math.floor(256 * random()))), after]);
    default:
      return Buffer.concat([before, Buffer.from(SPLINTERS[Math.floor(SPLINTERS.length * random())]!), after]);
  }
}

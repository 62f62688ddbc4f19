/** Tags that lie so close together that one request reads them: all of one moment, of one unit and table. */
export interface Block {
  readonly unitId: number;
  readonly table: 'holding' | 'input' | 'coil' | 'discrete';
  readonly first: number;
  readonly tags: readonly string[];
}

/** One request's answer: when it was asked, and the simulator's tick that explains all its values; of bits only modulo 256. */
export interface Scan {
  readonly at: number;
  readonly tick: number;
}

interface Row {
  readonly tag: string;
  readonly at: number;
  readonly value: number | null;
}

const WORDS = ['counter', 'temperature', 'level'] as const;
const COUNTER_MODULUS = 65_536;
const BYTE_MODULUS = 256;

/** What is read of the register simulator: every kind of register it has, of three units, near the beginning and far out. */
export const MODBUS_BLOCKS: readonly Block[] = [
  registers(1, 'holding', 0),
  registers(1, 'holding', 59_996),
  bits(1, 'coil', 0),
  registers(2, 'input', 400),
  bits(2, 'discrete', 96),
  registers(3, 'holding', 8),
  bits(3, 'coil', 59_992),
];

/** The assets of the plant file that read these blocks, as YAML. */
export function modbusAssets(source: string): string {
  const units = [...new Set(MODBUS_BLOCKS.map(({ unitId }) => unitId))];
  return units
    .map((unit) => {
      const lines = MODBUS_BLOCKS.filter(({ unitId }) => unitId === unit).flatMap(tagLines(source));
      return `  unit-${unit}:\n    name: Unit ${unit}\n    tags:\n${lines.join('\n')}`;
    })
    .join('\n');
}

/**
 * Finds the simulator's tick behind every request of a block. It complains of each row that no tick, or another one
 * than the rest of its request, explains, and of each tag that is missing in a request.
 */
export function ticksOf(block: Block, rows: readonly Row[]): { scans: Scan[]; complaints: string[] } {
  const byTime = new Map<number, Map<string, number | null>>();
  for (const { tag, at, value } of rows) {
    if (!block.tags.includes(tag)) continue;
    const request = byTime.get(at);
    if (request) request.set(tag, value);
    else byTime.set(at, new Map([[tag, value]]));
  }
  const complaints: string[] = [];
  const scans: Scan[] = [];
  for (const [at, values] of byTime) {
    const scan = { at, tick: tickOf(block, values) };
    const expected = expectedValues(block, scan.tick);
    for (const [i, tag] of block.tags.entries()) {
      const value = values.get(tag);
      // Scaling by 0.1 rounds in the last place, and so does writing the expected value.
      const isRight = typeof value === 'number' && Math.abs(value - expected[i]!) < 1e-9;
      if (!isRight) complaints.push(`${tag} @ ${at}: ${value} stored, ${expected[i]} at tick ${scan.tick}`);
    }
    scans.push(scan);
  }
  return { scans, complaints };
}

function registers(unitId: number, table: 'holding' | 'input', first: number): Block {
  return { unitId, table, first, tags: WORDS.map((word) => `unit-${unitId}.${word}-${first}`) };
}

function bits(unitId: number, table: 'coil' | 'discrete', first: number): Block {
  return { unitId, table, first, tags: Array.from({ length: 8 }, (_, i) => `unit-${unitId}.${table}-${first + i}`) };
}

function tagLines(source: string): (block: Block) => string[] {
  return ({ unitId, table, first, tags }) =>
    tags.map((tag, i) => {
      const place = isBits(table) ? { register: first + i } : wordAddress(first, WORDS[i]!);
      const address = JSON.stringify({ unitId, table, ...place });
      return `      ${tag.slice(tag.indexOf('.') + 1)}: { from: ${source}, address: ${address} }`;
    });
}

function wordAddress(first: number, word: (typeof WORDS)[number]): object {
  switch (word) {
    case 'counter':
      return { register: first, type: 'uint16' };
    case 'temperature':
      return { register: first + 1, type: 'int16', scale: 0.1 };
    case 'level':
      return { register: first + 2, type: 'float32' };
  }
}

/** The first tag of a block of registers is a counter; eight bits are one. */
function tickOf({ table, first, tags }: Block, values: ReadonlyMap<string, number | null>): number {
  if (!isBits(table)) return modulo((values.get(tags[0]!) ?? 0) - first, COUNTER_MODULUS);
  const byte = tags.reduce((sum, tag, i) => sum + (values.get(tag) === 1 ? 1 << i : 0), 0);
  return modulo(byte - (first / 8) * 37, BYTE_MODULUS);
}

/** What the simulator serves at a tick, by its own formulas; in the order of the tags. */
function expectedValues({ table, first }: Block, tick: number): number[] {
  if (isBits(table)) {
    const byte = (tick + (first / 8) * 37) & 255;
    return Array.from({ length: 8 }, (_, i) => (byte >> i) & 1);
  }
  const temperature = (200 + Math.round(20 * Math.sin(tick / 60 + first))) / 10;
  return [(tick + first) & 0xffff, temperature, Math.fround(50 + 10 * Math.sin(tick / 30 + first))];
}

function isBits(table: Block['table']): boolean {
  return table === 'coil' || table === 'discrete';
}

function modulo(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}

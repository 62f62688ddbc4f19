import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import type { Binding, Reading } from '../adapter.ts';
import { decode } from './decode.ts';
import { compileRoutes } from './routes.ts';
import { Address, Config, type MqttAddress, type MqttPattern } from './settings.ts';

const T = 1_767_225_600_000; // 2026-01-01T00:00:00Z
const ARRIVED = 1_800_000_000_000;

interface Case {
  readonly map?: readonly object[];
  readonly bindings?: readonly { readonly tag: string; readonly address: object }[];
  readonly topic?: string;
  readonly isRetained?: boolean;
}

const TOO_LARGE = Symbol('too large');

/** Decodes a payload (text as it stands, anything else as JSON) with settings that went through the schemas. */
function decoded(
  payload: unknown,
  { map = [], bindings = [], topic = 'plant/hall/press-1/temperature', isRetained = false }: Case,
) {
  const table = compileRoutes(
    map.map((pattern) => checked<MqttPattern>(Config.properties.map.items, pattern)),
    bindings.map(({ tag, address }): Binding<MqttAddress> => ({ tag, address: checked(Address, address) })),
  );
  const text = typeof payload === 'string' ? payload : (JSON.stringify(payload) ?? '');
  return decode(
    { topic, payload: payload === TOO_LARGE ? null : Buffer.from(text), isRetained },
    { table, arrival: () => ARRIVED },
  );
}

function checked<T>(schema: object, given: object): T {
  const filled = Value.Default(schema, structuredClone(given));
  expect([...Value.Errors(schema, filled)]).toEqual([]);
  return filled as T; // the schema has just checked it
}

const good = (tag: string, at: number, value: number): Reading => ({ tag, at, value, quality: 'good' });
const perTag = { topic: 'plant/+area/+asset/+tag', value: '$.value', time: '$.ts', timeUnit: 'ms' };
const batch = { topic: 'plant/+area/+asset', each: '$.readings', tag: '$.point', value: '$.value', time: '$.ts' };
const plain = { topic: 'plant/+area/+asset/+tag' };

describe('a message', () => {
  it('says the unit of a tag that it names, in the code of the plant', () => {
    const said: unknown[] = [];
    const unit = { ...perTag, unit: '$.unit' };
    const table = compileRoutes([checked<MqttPattern>(Config.properties.map.items, unit)], []);
    for (const [value, given] of [
      [21.5, '°C'],
      [21.5, 7],
      ['warm', 'K'],
    ] as const) {
      const payload = Buffer.from(JSON.stringify({ value, ts: T, unit: given }));
      const message = { topic: 'plant/hall/hall/ambient', payload, isRetained: false };
      decode(message, { table, arrival: () => ARRIVED, describe: (tag, nature) => said.push([tag, nature]) });
    }
    expect(said).toEqual([
      ['hall.ambient', { unit: 'Cel', range: null }],
      ['hall.ambient', { unit: 'K', range: null }],
    ]);
  });

  it('is read through the address of a tag', () => {
    const bindings = [
      {
        tag: 'press-1.temperature',
        address: { topic: 'plant/hall/press-1/temperature', value: '$.value', time: '$.ts' },
      },
    ];
    expect(decoded({ value: 61.5, ts: T }, { bindings }).readings).toEqual([good('press-1.temperature', T, 61.5)]);
  });

  it('is read through a pattern that names asset and tag', () => {
    expect(decoded({ value: 61.5, ts: T }, { map: [perTag] }).readings).toEqual([good('press-1.temperature', T, 61.5)]);
  });

  it('becomes one reading for every entry of a list', () => {
    const readings = [
      { point: 'speed', ts: T, value: 1480 },
      { point: 'load', ts: T + 1, value: 71 },
    ];
    expect(decoded({ readings }, { map: [batch], topic: 'plant/hall/press-1' })).toEqual({
      readings: [good('press-1.speed', T, 1480), good('press-1.load', T + 1, 71)],
      discarded: [],
    });
  });

  it('shares the asset and time of the message among the entries of a list', () => {
    const map = [
      { topic: 'site/#', each: '$.list', asset: '$.machine', tag: 'axis-{$.n}.load', value: '$.v', time: '$.ts' },
    ];
    const payload = {
      machine: 'mill-2',
      ts: '2026-01-01T00:00:00Z',
      list: [
        { n: 1, v: 5 },
        { n: 2, v: 6, ts: T + 9 },
      ],
    };
    expect(decoded(payload, { map, topic: 'site/x/y' }).readings).toEqual([
      good('mill-2.axis-1.load', T, 5),
      good('mill-2.axis-2.load', T + 9, 6),
    ]);
  });

  it('may be the number itself, and then counts from its arrival', () => {
    expect(decoded('21.5', { map: [plain] }).readings).toEqual([good('press-1.temperature', ARRIVED, 21.5)]);
  });

  it('may name the whole tag', () => {
    const map = [{ topic: 'any', tag: '$.tag', value: '$.value' }];
    expect(decoded({ tag: 'a.b', value: 1 }, { map, topic: 'any' }).readings).toEqual([good('a.b', ARRIVED, 1)]);
  });

  it('reads booleans as 1 and 0, and null as a bad reading without value', () => {
    expect(decoded('true', { map: [plain] }).readings[0]?.value).toBe(1);
    expect(decoded('false', { map: [plain] }).readings[0]?.value).toBe(0);
    expect(decoded('null', { map: [plain] }).readings).toEqual([
      { tag: 'press-1.temperature', at: ARRIVED, value: null, quality: 'bad' },
    ]);
  });

  it.each([
    ['no JSON', '{"value":', 'malformed'],
    ['nothing', '', 'malformed'],
    ['a key that reaches for a prototype', '{"value":1,"ts":1,"__proto__":{"x":1}}', 'malformed'],
    ['the same, escaped', '{"value":1,"ts":1,"\\u005f_proto__":{"x":1}}', 'malformed'],
    ['a constructor', '{"value":1,"ts":1,"constructor":{"prototype":{}}}', 'malformed'],
    ['UTF-16', '\u0000{\u0000}', 'malformed'],
    ['more bytes than are taken', TOO_LARGE, 'too_large'],
    ['no value where it should be', { ts: T }, 'malformed'],
    ['an empty text', { value: '', ts: T }, 'not_a_number'],
    ['an object as value', { value: {}, ts: T }, 'not_a_number'],
    ['a number beyond all numbers', `{"value":1e400,"ts":${T}}`, 'not_finite'],
    ['no time where it should be', { value: 1 }, 'invalid_time'],
    ['a time that is null', { value: 1, ts: null }, 'invalid_time'],
    ['a time in words', { value: 1, ts: 'yesterday' }, 'invalid_time'],
  ])('with %s is counted', (_, payload, reason) => {
    expect(decoded(payload, { map: [perTag] })).toEqual({ readings: [], discarded: [reason] });
  });

  it('with a text in place of a number is a text, with its quality and time', () => {
    expect(decoded({ value: 'idle', ts: T }, { map: [perTag] }).readings).toEqual([
      { tag: 'press-1.temperature', at: T, value: null, text: 'idle', quality: 'good' },
    ]);
  });

  it('loses only the wrong entries of a list', () => {
    const readings = [
      { point: 'a', ts: T, value: 1 },
      { ts: T, value: 2 },
      7,
      { point: 'b', ts: T, value: [3] },
      { point: 'c', ts: T, value: 4 },
    ];
    const result = decoded({ readings }, { map: [batch], topic: 'plant/hall/press-1' });
    expect(result.readings.map(({ tag }) => tag)).toEqual(['press-1.a', 'press-1.c']);
    expect(result.discarded).toEqual(['malformed', 'malformed', 'not_a_number']);
  });

  it('without the list it should have is counted', () => {
    expect(decoded({ readings: {} }, { map: [batch], topic: 'plant/hall/press-1' }).discarded).toEqual(['malformed']);
  });

  it('on a topic that nothing reads is counted', () => {
    expect(decoded('1', { map: [plain], topic: 'other' }).discarded).toEqual(['unknown_tag']);
  });

  it.each([
    ['s', 1_767_225_600.5, T + 500],
    ['us', 1_767_225_600_000_123, T + 0.123],
    ['ns', '1767225600000123456', T + 0.123],
    ['iso', '2026-01-01T01:00:00.25+01:00', T + 250],
    [undefined, '2026-01-01T00:00:00Z', T],
    [undefined, T, T],
  ])('with a time in %s is read', (timeUnit, ts, at) => {
    const map = [{ ...perTag, timeUnit }].map((pattern) => JSON.parse(JSON.stringify(pattern)) as object);
    expect(decoded({ value: 1, ts }, { map }).readings[0]?.at).toBe(at);
  });

  it('is stored from the memory of the broker only when it says how old it is', () => {
    expect(decoded({ value: 1, ts: T }, { map: [perTag], isRetained: true }).readings).toHaveLength(1);
    expect(decoded('1', { map: [plain], isRetained: true })).toEqual({ readings: [], discarded: ['retained'] });
  });

  it.each([
    ['good', { quality: 'good' }],
    ['Uncertain', { quality: 'uncertain' }],
    [undefined, { quality: 'good' }],
    [0, { quality: 'good' }],
    [0x40930000, { quality: 'uncertain', code: 0x40930000 }],
    [0x808c0000, { quality: 'bad', code: 0x808c0000 }],
  ])('with quality %s keeps it', (quality, expected) => {
    const map = [{ ...plain, value: '$.v', quality: '$.q' }];
    expect(decoded({ v: 1, q: quality }, { map }).readings).toEqual([
      { tag: 'press-1.temperature', at: ARRIVED, value: 1, ...expected },
    ]);
  });

  it.each([192, 'fine', null, 1.5, -1])('with quality %s is counted, not guessed', (quality) => {
    const map = [{ ...plain, value: '$.v', quality: '$.q' }];
    expect(decoded({ v: 1, q: quality }, { map }).discarded).toEqual(['invalid_quality']);
  });
});

describe('a tag with an address of its own', () => {
  const bindings = [
    { tag: 'press-1.temperature', address: { topic: 'plant/hall/press-1/temperature', value: '$.own' } },
  ];

  it('is read from there and not a second time through a pattern', () => {
    expect(decoded({ own: 5, value: 6, ts: T }, { bindings, map: [perTag] })).toEqual({
      readings: [good('press-1.temperature', ARRIVED, 5)],
      discarded: [],
    });
  });

  it('is not read from other topics', () => {
    const readings = [
      { point: 'temperature', ts: T, value: 6 },
      { point: 'load', ts: T, value: 7 },
    ];
    expect(decoded({ readings }, { bindings, map: [batch], topic: 'plant/hall/press-1' })).toEqual({
      readings: [good('press-1.load', T, 7)],
      discarded: ['duplicate'],
    });
  });
});

describe('several patterns on one topic', () => {
  it('all deliver, and the first wins where they name the same tag', () => {
    const map = [
      { topic: 'm/+asset', tag: 'temperature', value: '$.t' },
      { topic: 'm/+asset', tag: 'humidity', value: '$.h' },
      { topic: 'm/#', asset: 'a', tag: 'humidity', value: '$.h' },
    ];
    expect(decoded({ t: 20, h: 50 }, { map, topic: 'm/a' })).toEqual({
      readings: [good('a.temperature', ARRIVED, 20), good('a.humidity', ARRIVED, 50)],
      discarded: ['duplicate'],
    });
  });
});

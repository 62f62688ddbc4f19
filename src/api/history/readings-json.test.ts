import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatTime } from '../../model/time.ts';
import { type ReadingColumns, toReadings } from '../../store/history.ts';
import { presentReading } from '../present.ts';
import { readingsJson } from './readings-json.ts';

const RUNS = Number(process.env['ANSWER_RUNS'] ?? 40);

const time = fc.oneof(
  fc.integer({ min: -1e15, max: 8.6e15 }),
  fc.integer({ min: 0, max: 4e15 }).map((micros) => micros / 1_000),
  fc.constantFrom(0, -0.5, 0.9996, 59_999.9999, 86_399_999.9996, 1_795_372_560_000.125),
);
const value = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1e21, 5e-324, -Number.MAX_VALUE, 0.1 + 0.2));
const reading = fc.record({
  at: time,
  value,
  quality: fc.integer({ min: 0, max: 2 }),
  code: fc.option(fc.integer({ min: 0, max: 0xffff_ffff })),
});

it('readings are written as JSON.stringify writes them', () => {
  fc.assert(
    fc.property(
      fc.array(reading),
      fc.constantFrom('a.x', 'hall-1."größe"', 'a.温度😀'),
      fc.option(fc.string()),
      (rows, tag, next) => {
        const readings: ReadingColumns = {
          at: Float64Array.from(rows, ({ at }) => at),
          value: Float64Array.from(rows, (row) => row.value),
          quality: Uint8Array.from(rows, ({ quality }) => quality),
          codes: new Map(rows.flatMap(({ code }, i) => (code === null ? [] : [[i, code]]))),
        };
        const said = JSON.stringify({ tag, items: toReadings(readings).map(presentReading), next });
        expect(readingsJson({ fields: { tag }, readings, next }).toString()).toBe(said);
      },
    ),
    { numRuns: RUNS },
  );
});

it('only the first readings are written when there is one too many', () => {
  const readings = { at: Float64Array.of(1, 2), value: Float64Array.of(1, 2), quality: Uint8Array.of(0, 2) };
  const fields = { tag: 'a.x' };
  expect(JSON.parse(readingsJson({ fields, readings, count: 1, next: 'more' }).toString())).toEqual({
    tag: 'a.x',
    items: [{ at: formatTime(1), value: 1, quality: 'good' }],
    next: 'more',
  });
});

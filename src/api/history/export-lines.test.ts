import { describe, expect, it } from 'vitest';
import { csvCell, exportLines } from './export-lines.ts';

describe('a cell of an export', () => {
  it.each([
    ['press-1.vibration', 'press-1.vibration'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['a,"b"', '"a,""b"""'],
    ['=a\r\nb', `"'=a\r\nb"`],
  ])('%j is written %j', (text, cell) => expect(csvCell(text)).toBe(cell));
});

describe('a line of an export', () => {
  const readings = {
    at: Float64Array.of(0.125, 1),
    value: Float64Array.of(-2.5, Number.NaN),
    quality: Uint8Array.of(1, 2),
  };

  it('keeps microseconds, negative numbers and missing values', () => {
    expect(exportLines('csv', '-a.x', readings)).toBe(
      "'-a.x,1970-01-01T00:00:00.000125Z,-2.5,uncertain\r\n'-a.x,1970-01-01T00:00:00.001Z,,bad\r\n",
    );
    expect(
      exportLines('ndjson', '-a.x', readings)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { tag: '-a.x', at: '1970-01-01T00:00:00.000125Z', value: -2.5, quality: 'uncertain' },
      { tag: '-a.x', at: '1970-01-01T00:00:00.001Z', value: null, quality: 'bad' },
    ]);
  });
});

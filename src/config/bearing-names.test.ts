import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bearings } from '../../rules/bearing/catalogue.ts';
import { meantBearing } from './bearing-names.ts';

describe('the catalogue of bearings', () => {
  it.each([
    ['6205', '6205-2RS'],
    ['SKF6205', '6205-2RS'],
    ['6203-ZZ', '6203-2RS'],
    ['za2115', 'ZA-2115'],
    ['NICF', 'NICE'],
    ['7314 BECBM', null],
    ['', null],
  ])('knows what %j may have meant', (written, meant) => {
    expect(meantBearing(written)).toBe(meant);
  });

  it('is listed in docs/diagnosis.md as it is', () => {
    const docs = readFileSync(resolve(import.meta.dirname, '../../docs/diagnosis.md'), 'utf8');
    for (const { designation, elements, elementDiameter, pitchDiameter, contactDegrees, source } of bearings)
      expect(docs).toContain(
        `\n| \`${designation}\` | ${elements} | ${elementDiameter} | ${pitchDiameter} | ${contactDegrees} | ${source} |\n`,
      );
  });
});

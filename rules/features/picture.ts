import type { DetectorPicture, DrawnZone } from '../../src/model/tag-picture.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import { boundariesIn, type ZoneSettings } from '../iso-zone/index.ts';
import { PROVENANCE } from '../iso-zone/tables.ts';
import type { AtWork } from '../picture.ts';

/** Features that are strengths of a fault: 1 is notable. */
const STRENGTHS: readonly string[] = [
  'bearing',
  'outer',
  'inner',
  'ball',
  'rotor',
  'imbalance',
  'misalignment',
  'looseness',
];

/** What a method on features sees on one of them: what is notable of a strength, the zones of a velocity. */
export function drawFeature({ config, subject, input }: AtWork<ZoneSettings>): DetectorPicture {
  const { tag, unit } = subject.inputs?.[input] ?? subject;
  const name = tag.slice(tag.lastIndexOf('.') + 1);
  if (name === 'velocity_rms') return drawVelocity(unit, config);
  if (!STRENGTHS.includes(name)) return EMPTY_PICTURE;
  const isJudged = name === 'bearing' || name === 'rotor';
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    limits: [{ level: isJudged ? 'H' : null, value: 1, leftAt: 1 }],
    says: 'strength of the fault over what is notable: 1',
  };
}

function drawVelocity(unit: string, config: ZoneSettings): DetectorPicture {
  const boundaries = boundariesIn(unit, config);
  if (boundaries === null) return EMPTY_PICTURE;
  const [ab, bc, cd] = boundaries;
  const zones: DrawnZone[] = [
    { name: 'A', from: 0, to: ab },
    { name: 'B', from: ab, to: bc },
    { name: 'C', from: bc, to: cd },
    { name: 'D', from: cd, to: null },
  ];
  const provenance =
    config.boundaries === undefined ? PROVENANCE[config.standard] : (config.source ?? 'own boundaries');
  return { ...EMPTY_PICTURE, state: 'watching', zones, says: `says its zone with each finding: ${provenance}` };
}

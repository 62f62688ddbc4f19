import type { BearingGeometry } from './geometry.ts';

/** A bearing by its designation, with where its numbers come from. */
export interface CatalogueBearing extends BearingGeometry {
  readonly designation: string;
  readonly source: string;
}

const CWRU = 'Case Western Reserve University Bearing Data Center, bearing information page';

/** Bearings whose inner geometry is published. Makers give it out on request: put yours into the plant file. */
export const bearings: readonly CatalogueBearing[] = [
  {
    designation: '6205-2RS',
    elements: 9,
    elementDiameter: 7.94,
    pitchDiameter: 39.04,
    contactDegrees: 0,
    source: CWRU,
  },
  {
    designation: '6203-2RS',
    elements: 8,
    elementDiameter: 6.746,
    pitchDiameter: 28.5,
    contactDegrees: 0,
    source: CWRU,
  },
  {
    designation: 'ZA-2115',
    elements: 16,
    elementDiameter: 8.407,
    pitchDiameter: 71.501,
    contactDegrees: 15.17,
    source: 'J. Lee et al., IMS Bearing Data, NASA Ames Prognostics Data Repository, 2007',
  },
  {
    designation: 'NICE',
    elements: 8,
    elementDiameter: 5.969,
    pitchDiameter: 31.623,
    contactDegrees: 0,
    source: 'E. Bechhoefer, Condition Based Maintenance Fault Database, MFPT, 2013',
  },
];

/** Finds a bearing by its designation, whatever stands behind it (`6205-2RS JEM`) and whoever made it. */
export function bearingOf(designation: string): CatalogueBearing | undefined {
  const wanted = designation.toUpperCase();
  return bearings.find((bearing) => wanted.split(/[\s,;]+/).includes(bearing.designation));
}

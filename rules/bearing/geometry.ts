/** A rolling bearing whose outer ring stands still. */
export interface BearingGeometry {
  /** Rolling elements in one row. */
  readonly elements: number;
  /** Diameter of a rolling element, in the unit of `pitchDiameter`. */
  readonly elementDiameter: number;
  /** Diameter of the circle through the elements' centres. */
  readonly pitchDiameter: number;
  readonly contactDegrees: number;
}

/** Frequencies at which damage of a bearing shows, over the frequency of its shaft. */
export interface FaultRatios {
  /** Ball pass frequency, outer race. */
  readonly bpfo: number;
  /** Ball pass frequency, inner race. */
  readonly bpfi: number;
  /** Ball spin frequency. A defect of a ball meets both races in one spin and shows at twice this. */
  readonly bsf: number;
  /** Fundamental train (cage) frequency. */
  readonly ftf: number;
}

/**
 * The frequencies that follow from the geometry of a bearing, for pure rolling; slip makes them 1 to 2 % different.
 * Source: R. B. Randall, J. Antoni, Mech. Syst. Signal Process. 25(2), 2011, eq. 1–4.
 */
export function ratiosOf({ elements, elementDiameter, pitchDiameter, contactDegrees }: BearingGeometry): FaultRatios {
  const share = (elementDiameter / pitchDiameter) * Math.cos((contactDegrees * Math.PI) / 180);
  return {
    bpfo: (elements / 2) * (1 - share),
    bpfi: (elements / 2) * (1 + share),
    bsf: (pitchDiameter / (2 * elementDiameter)) * (1 - share * share),
    ftf: (1 - share) / 2,
  };
}

/** Says what is wrong with ratios, `null` when a bearing can have them. They come from plants and files. */
export function refuseRatios({ bpfo, bpfi, bsf, ftf }: FaultRatios): string | null {
  if (![bpfo, bpfi, bsf, ftf].every((ratio) => Number.isFinite(ratio) && ratio > 0))
    return 'bpfo, bpfi, bsf and ftf are ratios to the shaft speed, above 0';
  if (ftf >= 0.5)
    return `ftf is ${ftf}: the cage of a bearing whose outer ring stands turns slower than half the shaft`;
  if (bpfo >= bpfi) return `bpfo (${bpfo}) must be below bpfi (${bpfi})`;
  return null;
}

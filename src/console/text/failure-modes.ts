/** Failure modes of ISO 14224:2016, Annex B, in words; the ones that rotating machines and instruments meet. */
const FAILURE_MODES: Readonly<Record<string, string>> = {
  AIR: 'Abnormal instrument reading',
  BRD: 'Breakdown',
  ELP: 'External leakage, process medium',
  ELU: 'External leakage, utility medium',
  ERO: 'Erratic output',
  FTS: 'Failure to start on demand',
  HIO: 'High output',
  INL: 'Internal leakage',
  LOO: 'Low output',
  NOI: 'Noise',
  OHE: 'Overheating',
  OTH: 'Other',
  PDE: 'Parameter deviation',
  PLU: 'Plugged or choked',
  SER: 'Minor in-service problem',
  STD: 'Structural deficiency',
  STP: 'Failure to stop on demand',
  UNK: 'Unknown',
  UST: 'Spurious stop',
  VIB: 'Vibration',
};

/** Says a failure mode in words, with its code; a code of the plant's own stays as it is. */
export function failureModeWords(code: string): string {
  const words = FAILURE_MODES[code];
  return words === undefined ? code : `${words} (${code})`;
}

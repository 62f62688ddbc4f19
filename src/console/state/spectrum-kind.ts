import type { Alert } from '../api.generated.ts';

/** Which spectrum of a waveform is looked at. */
export type SpectrumKind = 'velocity' | 'amplitude' | 'envelope';

/** Features that are read off the envelope; the API's picture of an alert goes by the same names. */
const OF_ENVELOPE = /^(bearing.*|outer|inner|ball|bpfo|bpfi|bsf|ftf|envelope_rms)$/;

/** The spectrum of a waveform tag to begin with: the envelope while an alert of its bearing stands, else velocity. */
export function firstKind(tag: string, alerts: readonly Pick<Alert, 'tag'>[]): SpectrumKind {
  const isBearing = alerts.some(
    (alert) => alert.tag?.startsWith(`${tag}.`) && OF_ENVELOPE.test(alert.tag.slice(tag.length + 1)),
  );
  return isBearing ? 'envelope' : 'velocity';
}

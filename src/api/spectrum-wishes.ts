import { ApiError } from '../model/errors.ts';
import type { EpochMs } from '../model/reading.ts';
import type { SpectrumWish } from '../model/spectrum.ts';
import { formatTime } from '../model/time.ts';
import { readColumns } from '../store/history.ts';
import { findTag } from '../store/tags.ts';
import { findWaveform } from '../store/waveforms.ts';
import type { ApiServices } from './services.ts';

/** A stored waveform. */
export interface WaveformKey {
  readonly tag: string;
  readonly tagId: number;
  readonly at: EpochMs;
}

/** Which spectrum of it. */
export type SpectrumSettings = Pick<SpectrumWish, 'kind' | 'convention'> & { readonly lines?: number | undefined };

/** Puts wishes for spectra together from stored waveforms and from what the plant file says of their place. */
export interface SpectrumWishes {
  /** Speed of the shaft at the time of a waveform, Hz; `null` when nobody said. */
  readonly speedAt: (tag: string, at: EpochMs) => Promise<number | null>;
  /** Throws a 404 when there is no such waveform. */
  readonly wishFor: (of: WaveformKey, settings: SpectrumSettings, shaftHz: number | null) => Promise<SpectrumWish>;
}

/** Makes them. */
export function createSpectrumWishes({
  database,
  waveformPointOf,
}: Pick<ApiServices, 'database' | 'waveformPointOf'>): SpectrumWishes {
  return {
    async speedAt(tag, at) {
      const speed = waveformPointOf(tag)?.speed ?? null;
      if (speed === null || speed.kind === 'constant') return speed?.shaftHz ?? null;
      // What was known of the speed then is a feature of the waveform.
      const feature = await findTag(database, `${tag}.speed`);
      if (feature === null) return null;
      const { value } = await readColumns(database, { tagId: feature.id, from: at, to: at + 1, limit: 1 });
      const rpm = value[0] ?? Number.NaN;
      return rpm > 0 ? rpm / 60 : null;
    },

    async wishFor(of, { kind, convention, lines }, shaftHz) {
      const found = await findWaveform(database, of.tagId, of.at);
      if (!found) throw new ApiError(404, 'not_found', `${of.tag} has no waveform at ${formatTime(of.at)}`);
      const point = waveformPointOf(of.tag);
      return {
        rateHz: found.rateHz,
        unit: found.unit,
        samples: found.samples,
        kind,
        convention,
        lines: lines === undefined ? null : 2 ** Math.floor(Math.log2(lines)),
        shaftHz,
        bearing: point?.bearing ?? null,
        teeth: point?.teeth ?? null,
        lineHz: point?.lineHz ?? null,
      };
    },
  };
}

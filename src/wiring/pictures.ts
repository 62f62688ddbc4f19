import { captureOf } from '../../rules/features/capture-of.ts';
import { sayFeature } from '../../rules/features/say-feature.ts';
import type { FeatureValues } from '../../rules/features/waveform-features.ts';
import { figuresOf } from '../../rules/figures.ts';
import type { ApiServices } from '../api/services.ts';
import { findTagJudges } from '../engine/tag-judges.ts';
import type { FramePoint, WaveformPoint } from '../model/measuring-point.ts';
import type { Plant } from '../model/plant.ts';
import type { MadeSpectrum, NoSpectrum, SpectrumWish } from '../model/spectrum.ts';
import type { Database } from '../store/database.ts';
import { Apart } from './apart.ts';
import type { FrameToRead } from './frame-worker.ts';

/** What charts and pictures of the API need besides the database: the rules' memory, spectra, and hot spots. */
export function createPictures(
  database: Database,
  present: () => Plant,
): Pick<
  ApiServices,
  'judgesOf' | 'waveformPointOf' | 'makeSpectra' | 'framePointOf' | 'readFrame' | 'captureOf' | 'figuresOf' | 'saysOf'
> {
  const points = () => present().points ?? [];
  const spectra = new Apart<readonly SpectrumWish[], (MadeSpectrum | NoSpectrum)[]>('spectrum-worker');
  const frames = new Apart<FrameToRead, FeatureValues>('frame-worker');
  return {
    judgesOf: (tag) => findTagJudges(database, present(), tag),
    waveformPointOf: (tag) =>
      points().find((point): point is WaveformPoint => point.kind === 'waveform' && point.tag === tag) ?? null,
    makeSpectra: (wishes) => spectra.workOut(wishes),
    framePointOf: (tag) =>
      points().find((point): point is FramePoint => point.kind === 'thermalFrame' && point.tag === tag) ?? null,
    readFrame: (frame, point) => frames.workOut({ frame, point }),
    captureOf: (tag) => captureOf(points(), tag),
    figuresOf: (rule) => {
      const found = present().rules.find(({ id }) => id === rule);
      return found === undefined ? null : figuresOf(found.detect);
    },
    saysOf: (tag) => {
      if (tag.indexOf('.') === tag.lastIndexOf('.')) return null; // below that of a capture, and most tags are not
      const origin = captureOf(points(), tag);
      return origin && sayFeature(origin);
    },
  };
}

import type { ApiServices } from '../api/services.ts';
import { findTagJudges } from '../engine/tag-judges.ts';
import type { WaveformPoint } from '../model/measuring-point.ts';
import type { Plant } from '../model/plant.ts';
import type { Database } from '../store/database.ts';
import { makeSpectraApart } from './spectra.ts';

/** What charts and pictures of the API need besides the database: the rules' memory, and spectra. */
export function createPictures(
  database: Database,
  present: () => Plant,
): Pick<ApiServices, 'judgesOf' | 'waveformPointOf' | 'makeSpectra'> {
  return {
    judgesOf: (tag) => findTagJudges(database, present(), tag),
    waveformPointOf: (tag) =>
      (present().points ?? []).find(
        (point): point is WaveformPoint => point.kind === 'waveform' && point.tag === tag,
      ) ?? null,
    makeSpectra: makeSpectraApart,
  };
}

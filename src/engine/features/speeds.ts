import { type Batch, HISTORICAL } from '../../model/batch.ts';
import { MAX_SHAFT_HZ, type MeasuringPoint, type SpeedSource } from '../../model/measuring-point.ts';
import type { EpochMs } from '../../model/reading.ts';

/** The last speeds of every tag that tells one, as plain JSON: `null` where the reading was not good. */
export type SavedSpeeds = readonly (readonly [tag: string, readings: readonly (readonly [EpochMs, number | null])[]])[];

/** Enough for waveforms that come a minute late, from a speed that comes every second. */
const MAX_REMEMBERED = 64;

/** Remembers the speeds of shafts, so that a waveform finds that of its own time. */
export class Speeds {
  readonly #heard = new Map<string, (readonly [EpochMs, number | null])[]>();
  /** By the log's number of the tag; `null`: tells no speed. */
  readonly #byLogId: ((readonly [EpochMs, number | null])[] | null)[] = [];

  constructor(points: readonly MeasuringPoint[], saved: SavedSpeeds = []) {
    for (const point of points)
      if (point.kind === 'waveform' && point.speed?.kind === 'tag') this.#heard.set(point.speed.tag, []);
    for (const [tag, readings] of saved) this.#heard.get(tag)?.push(...readings);
  }

  /** Takes what a batch says of speeds. `names` is the log's dictionary. */
  hear({ tag, at, value, quality }: Batch, names: ReadonlyMap<number, string>): void {
    if (this.#heard.size === 0) return;
    for (let i = 0; i < tag.length; i++) {
      const logId = tag[i]!;
      let heard = this.#byLogId[logId];
      if (heard === undefined) {
        heard = this.#heard.get(names.get(logId) ?? '') ?? null;
        this.#byLogId[logId] = heard;
      }
      if (heard === null) continue;
      heard.push([at[i]!, (quality[i]! & ~HISTORICAL) === 0 ? value[i]! : null]);
      if (heard.length > MAX_REMEMBERED) heard.shift();
    }
  }

  /** The speed of a shaft at a time, Hz; `null` when it is not known, or the reading nearest to it is not good or no speed. */
  at(source: SpeedSource | null, at: EpochMs): number | null {
    if (source === null) return null;
    if (source.kind === 'constant') return source.shaftHz;
    let nearest: readonly [EpochMs, number | null] | null = null;
    for (const reading of this.#heard.get(source.tag) ?? [])
      if (nearest === null || Math.abs(reading[0] - at) <= Math.abs(nearest[0] - at)) nearest = reading;
    if (nearest === null || Math.abs(nearest[0] - at) > source.withinMs || nearest[1] === null) return null;
    const shaftHz = nearest[1] * source.hzPerUnit;
    return Math.abs(shaftHz) <= MAX_SHAFT_HZ ? shaftHz : null;
  }

  save(): SavedSpeeds {
    return [...this.#heard].map(([tag, readings]) => [tag, [...readings]] as const);
  }
}

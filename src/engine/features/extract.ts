import { featureTagsOf } from '../../../rules/features/features.ts';
import { frameFeatures } from '../../../rules/features/frame-features.ts';
import { type FeatureValues, waveformFeatures } from '../../../rules/features/waveform-features.ts';
import { Fourier } from '../../../rules/signal/fourier.ts';
import type { CaptureRecord, LogRecord } from '../../model/log-record.ts';
import type { MeasuringPoint } from '../../model/measuring-point.ts';
import type { EpochMs, Reading } from '../../model/reading.ts';
import { type SavedSpeeds, Speeds } from './speeds.ts';

/** What one capture became: readings of its time, or none, and why. */
export interface Extracted {
  readonly point: string;
  readonly tag: string;
  readonly at: EpochMs;
  /** All features of the point; what the capture does not say is bad and without a value. */
  readonly readings: readonly Reading[];
  readonly refusal: CaptureRefusal | null;
}

/** Why a capture became no readings. */
export interface CaptureRefusal {
  readonly code: string;
  readonly reason: string;
}

/** Why captures are left out while their features are too far behind. */
export const BEHIND: CaptureRefusal = {
  code: 'behind',
  reason:
    'captures come faster than their features are made, and fill half of the readings log: send fewer or shorter ones',
};

/** Why a capture is left out that a thread hung or ended at. */
export const GIVEN_UP: CaptureRefusal = {
  code: 'failed',
  reason: 'the thread that made its features did not live through it',
};

/**
 * Makes readings of captures. Deterministic: the same records give the same readings, so that a record that is read again after a
 * crash adds nothing. No clock, no I/O.
 */
export class Extractor {
  readonly #points: ReadonlyMap<string, MeasuringPoint>;
  readonly #names: ReadonlyMap<string, readonly string[]>;
  readonly #speeds: Speeds;
  readonly #fourier = new Fourier();

  constructor(points: readonly MeasuringPoint[], saved?: SavedSpeeds) {
    this.#points = new Map(points.map((point) => [point.tag, point]));
    this.#names = new Map(points.map((point) => [point.tag, featureTagsOf(point).map(({ name }) => name)]));
    this.#speeds = new Speeds(points, saved);
  }

  /** Takes the next record of the log; `null` where no capture of a point is in it. With `leftOut` a capture is not looked at. */
  take(record: LogRecord, names: ReadonlyMap<number, string>, leftOut: CaptureRefusal | null = null): Extracted | null {
    if (record.kind === 'readings') this.#speeds.hear(record.batch, names);
    if (record.kind !== 'waveform' && record.kind !== 'thermalFrame') return null;
    const tag = names.get(record.tag) ?? '';
    const point = this.#points.get(tag);
    if (point === undefined) return null;
    const { at } = record;
    const values = leftOut ?? this.#tryValuesOf(record, point);
    const head = { point: point.id, tag, at };
    if ('code' in values) return { ...head, readings: [], refusal: values };
    const readings = this.#names.get(tag)!.map((name): Reading => {
      const value = values.get(name) ?? Number.NaN;
      const own = `${tag}.${name}`;
      if (!Number.isFinite(value)) return { tag: own, at, value: null, quality: 'bad' };
      return { tag: own, at, value, quality: 'good' };
    });
    return { ...head, readings, refusal: null };
  }

  /** What has to be known to go on from here. */
  save(): SavedSpeeds {
    return this.#speeds.save();
  }

  /** One capture that we can't cope with must not keep the next ones from being looked at. */
  #tryValuesOf(record: CaptureRecord, point: MeasuringPoint): FeatureValues | CaptureRefusal {
    try {
      return this.#valuesOf(record, point);
    } catch (error) {
      return { code: 'failed', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  #valuesOf(record: CaptureRecord, point: MeasuringPoint): FeatureValues {
    if (record.kind === 'waveform' && point.kind === 'waveform')
      return waveformFeatures(this.#fourier, record, { point, shaftHz: this.#speeds.at(point.speed, record.at) });
    if (record.kind === 'thermalFrame' && point.kind === 'thermalFrame') return frameFeatures(record, point);
    const came = record.kind === 'waveform' ? 'a waveform' : 'a thermal frame';
    return { code: 'invalid_unit', reason: `${came} came for ${point.tag}, and ${point.id} says it is none` };
  }
}

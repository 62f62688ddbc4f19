import type { EpochMs } from '../model/reading.ts';
import {
  type Capture,
  type CaptureRefusal,
  MAX_FRAME_SIDES,
  MAX_SAMPLES,
  type ThermalFrame,
  WAVEFORM_UNITS,
  type Waveform,
} from '../model/waveform.ts';
import { REFUSE_AHEAD_MS } from './normalise.ts';
import { adviseOnTime } from './time-unit.ts';

/** Why a capture can't be kept, `null` when it can. `keepMs`: how long captures are kept. Linear in its samples. */
export function refuseCapture(
  capture: Capture,
  { now, keepMs }: { readonly now: EpochMs; readonly keepMs: number },
): CaptureRefusal | null {
  const { at } = capture;
  if (!Number.isFinite(at))
    return { code: 'invalid_time', reason: 'at is an RFC 3339 time or milliseconds since 1970' };
  if (at > now + REFUSE_AHEAD_MS)
    return {
      code: 'too_new',
      reason: `at is more than 10 minutes ahead of the service: ${adviseOnTime(at, now)}`,
    };
  if (at < now - keepMs)
    return {
      code: 'too_old',
      reason: `at is older than waveforms and thermal frames are kept: ${adviseOnTime(at, now)}`,
    };
  switch (capture.kind) {
    case 'waveform':
      return refuseWaveform(capture);
    case 'thermalFrame':
      return refuseThermalFrame(capture);
  }
}

function refuseWaveform({ rateHz, unit, samples }: Waveform): CaptureRefusal | null {
  if (!Number.isFinite(rateHz) || rateHz <= 0)
    return { code: 'invalid_rate', reason: 'rateHz is the number of samples a second, above 0' };
  if (!WAVEFORM_UNITS.includes(unit))
    return {
      code: 'invalid_unit',
      reason: `unit ${JSON.stringify(unit.slice(0, 50))} is none of ${WAVEFORM_UNITS.join(', ')}: it is never guessed`,
    };
  if (samples.length === 0) return { code: 'invalid_size', reason: 'samples is empty' };
  if (samples.length > MAX_SAMPLES)
    return {
      code: 'too_large',
      reason: `${samples.length} samples are more than ${MAX_SAMPLES}: send it as several, each with its own time`,
    };
  return refuseValues(samples, 'samples');
}

function refuseThermalFrame({ width, height, celsius }: ThermalFrame): CaptureRefusal | null {
  if (![width, height].every((side) => Number.isInteger(side) && side > 0))
    return { code: 'invalid_size', reason: 'width and height are whole numbers of pixels, above 0' };
  const { longer, shorter } = MAX_FRAME_SIDES;
  if (Math.max(width, height) > longer || Math.min(width, height) > shorter)
    return {
      code: 'too_large',
      reason: `${width} × ${height} pixels are more than ${longer} × ${shorter}: send a smaller picture`,
    };
  if (celsius.length !== width * height)
    return {
      code: 'invalid_size',
      reason: `celsius has ${celsius.length} temperatures, and ${width} × ${height} pixels are ${width * height}`,
    };
  return refuseValues(celsius, 'celsius');
}

function refuseValues(values: Float32Array, name: string): CaptureRefusal | null {
  // Not findIndex: its callback takes a million values 15 ms and more, on the event loop.
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]))
      return { code: 'not_finite', reason: `${name}[${i}] is not a finite 32-bit number` };
  }
  return null;
}

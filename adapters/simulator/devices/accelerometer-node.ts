import type { EpochMs } from '../../../src/model/reading.ts';
import { ACCELEROMETER } from '../model/accelerometer.ts';
import type { PlantModel } from '../model/plant-model.ts';

/** m/s² of one step of the converter: ±327 m/s² in 16 bits. */
const SCALE = 0.01;
const TIME_BYTES = 8;
const RECORDS_MS = (1_000 * ACCELEROMETER.samples) / ACCELEROMETER.rateHz;

/** A message of a sensor that does not send numbers. */
export interface BinaryMessage {
  readonly topic: string;
  readonly payload: Buffer;
}

/** The topic of the accelerometer: none of those that carry readings. */
export const WAVEFORM_TOPIC = `waveform/${ACCELEROMETER.tag.replace('.', '/')}`;

/** Its address in the plant file, which says how the payload is written. */
export const WAVEFORM_ADDRESS = `{ topic: ${WAVEFORM_TOPIC}, waveform: { unit: ${ACCELEROMETER.unit}, rateHz: ${ACCELEROMETER.rateHz}, encoding: i16, scale: ${SCALE}, time: i64-ms } }`;

/**
 * Makes the accelerometer at the pump: asked as often as you like, it gives a waveform when a period of the script is over, and `null`
 * otherwise. What it records depends on the model and the number of the period only; who asks late gets the last one.
 */
export function createAccelerometerNode(
  model: PlantModel,
  sinceBegin: () => number,
): (now: EpochMs) => BinaryMessage | null {
  let recorded = -1;
  return (now) => {
    const period = Math.floor(sinceBegin() / ACCELEROMETER.periodMs);
    if (period <= recorded) return null;
    recorded = period;
    const samples = model.waveform(ACCELEROMETER.tag, period * ACCELEROMETER.periodMs);
    return samples === null ? null : { topic: WAVEFORM_TOPIC, payload: write(samples, now - RECORDS_MS) };
  };
}

function write(samples: Float32Array, at: EpochMs): Buffer {
  const payload = Buffer.alloc(TIME_BYTES + 2 * samples.length);
  payload.writeBigInt64LE(BigInt(Math.round(at)));
  for (const [i, sample] of samples.entries())
    payload.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(sample / SCALE))), TIME_BYTES + 2 * i);
  return payload;
}

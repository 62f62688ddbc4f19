/** Readings over which the condition of a machine is smoothed before its life is judged. */
const SMOOTHING = [10, 33] as const;

/** The smoothed past of one machine; plain data. */
export interface History {
  /** Readings taken in. */
  readings: number;
  /** By smoothing, by channel; NaN until the channel has given a number. */
  readonly smoothed: number[][];
}

/** A machine nothing is known of. */
export function startHistory(channels: number): History {
  return { readings: 0, smoothed: SMOOTHING.map(() => new Array<number>(channels).fill(Number.NaN)) };
}

/**
 * Takes in one reading of all channels and answers with what is known of the machine's condition: each channel smoothed
 * over 10 and over 33 readings (their difference is its trend), and its age in readings.
 */
export function condition(history: History, inputs: Float64Array): Float64Array {
  const channels = inputs.length;
  const features = new Float64Array(SMOOTHING.length * channels + 1);
  for (const [k, scale] of SMOOTHING.entries()) {
    const smoothed = history.smoothed[k]!;
    const gain = Math.max(1 / scale, 1 / (history.readings + 1));
    for (let i = 0; i < channels; i++) {
      const value = inputs[i]!;
      if (Number.isFinite(value)) {
        smoothed[i] = Number.isFinite(smoothed[i]!) ? smoothed[i]! + gain * (value - smoothed[i]!) : value;
      }
      features[k * channels + i] = smoothed[i]!;
    }
  }
  features[features.length - 1] = history.readings;
  history.readings++;
  return features;
}

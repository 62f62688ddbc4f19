import { createRandom, mixSeed, type Random } from './random.ts';

/** The accelerometer at the drive end of the pump: what the plant file says of it, and when it records. */
export const ACCELEROMETER = {
  tag: 'pump-1.drive-end',
  source: 'sensors',
  rule: 'pump-1-bearing',
  /** Its bearing, in the catalogue of `rules/bearing`. */
  bearing: '6205-2RS',
  unit: 'm/s2',
  rateHz: 8_192,
  samples: 8_192,
  /** From one waveform to the next; they begin with the script. */
  periodMs: 60_000,
} as const;

/** Ball pass frequency of the outer race of a 6205 over that of the shaft, and how far the balls slip at random from one to the next. */
const BPFO = 3.585;
const SLIP = 0.01;
/** What each impact rings in, for every mm/s that the wear adds: the housing, which velocity shows, and the ring of the bearing. */
const MODES = [
  { hz: 640, decay: 450, amplitude: 11 },
  { hz: 2_700, decay: 1_500, amplitude: 30 },
] as const;
/** Velocity of a healthy pump at full speed, mm/s RMS by order of its speed: residual imbalance, coupling, six vanes. */
const ORDERS = [
  { order: 1, mms: 0.7 },
  { order: 2, mms: 0.3 },
  { order: 6, mms: 0.3 },
] as const;
/** Standard deviation of what the sensor says of a machine at rest, and what flow and gaps add at full load, m/s². */
const NOISE = { floor: 0.02, load: 1.2 };

/** What the shaft does while a waveform is recorded. */
export interface Turning {
  /** Over full speed, 0..1. */
  readonly speed: number;
  readonly shaftHz: number;
  /** %. */
  readonly load: number;
  /** What a worn outer race adds to vibration at full speed, mm/s; 0 is a healthy bearing. */
  readonly wear: number;
}

/**
 * Records one waveform, `Float32Array[ACCELEROMETER.samples]`, m/s²: orders of the shaft, impacts of the worn outer race that ring in two
 * modes, and noise. A function of its key and of what the shaft does. O(samples).
 * Model of the impacts: P. D. McFadden, J. D. Smith, J. Sound Vib. 96(1), 1984; slip after R. B. Randall, J. Antoni, Mech. Syst. Signal
 * Process. 25(2), 2011, §2.
 */
export function recordWaveform(turning: Turning, ...key: readonly number[]): Float32Array {
  const random = createRandom(mixSeed(...key));
  const samples = new Float32Array(ACCELEROMETER.samples);
  for (const { order, mms } of ORDERS) addOrder(samples, turning, { order, mms, phase: 2 * Math.PI * random.next() });
  addImpacts(samples, turning, random);
  addNoise(samples, NOISE.floor + (NOISE.load * turning.load * turning.speed) / 100, random);
  return samples;
}

/** Forces of what turns grow with speed², so velocity does. */
function addOrder(
  samples: Float32Array,
  { shaftHz, speed }: Turning,
  { order, mms, phase }: { readonly order: number; readonly mms: number; readonly phase: number },
): void {
  const omega = 2 * Math.PI * order * shaftHz;
  const amplitude = (mms / 1_000) * speed * speed * Math.SQRT2 * omega;
  for (let i = 0; i < samples.length; i++)
    samples[i]! += amplitude * Math.sin((omega * i) / ACCELEROMETER.rateHz + phase);
}

/** Below a turn in ten seconds nothing is hit hard enough to ring. */
const SLOWEST_HZ = 0.1;

function addImpacts(samples: Float32Array, { shaftHz, speed, wear }: Turning, random: Random): void {
  if (wear <= 0 || shaftHz < SLOWEST_HZ) return;
  const { rateHz } = ACCELEROMETER;
  const everyS = 1 / (BPFO * shaftHz);
  const lastsS = 9 / MODES[0].decay; // by then it is down to 9·e⁻⁹
  for (let atS = everyS * random.next(); atS < samples.length / rateHz; atS += everyS * slipped(random)) {
    const to = Math.min(samples.length, Math.ceil((atS + lastsS) * rateHz));
    for (let i = Math.ceil(atS * rateHz); i < to; i++) {
      const sinceS = i / rateHz - atS;
      for (const mode of MODES) samples[i]! += wear * speed * speed * mode.amplitude * ring(mode, sinceS);
    }
  }
}

/**
 * The acceleration of a mode whose amplitude rises and falls as t·e^(−decay·t) after a blow; about 0.4 at its highest. It starts and ends at
 * rest, so its mean is 0: else the line at BPFO itself would outweigh the ringing in velocity.
 */
function ring({ hz, decay }: (typeof MODES)[number], sinceS: number): number {
  const omega = 2 * Math.PI * hz;
  const [sine, cosine] = [Math.sin(omega * sinceS), Math.cos(omega * sinceS)];
  const first = omega * cosine - decay * sine;
  const second = (decay * decay - omega * omega) * sine - 2 * decay * omega * cosine;
  return (decay / omega ** 2) * Math.exp(-decay * sinceS) * (2 * first + sinceS * second);
}

function slipped(random: Random): number {
  return 1 + SLIP * (random.next() - 0.5);
}

/** Gaussian, two samples from each pair of draws (G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29(2), 1958). */
function addNoise(samples: Float32Array, deviation: number, random: Random): void {
  for (let i = 0; i < samples.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.next())); // 1 − u is never 0
    const angle = 2 * Math.PI * random.next();
    samples[i]! += radius * Math.cos(angle);
    samples[i + 1]! += radius * Math.sin(angle);
  }
}

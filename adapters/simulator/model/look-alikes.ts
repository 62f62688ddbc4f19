import { drawMs, type Episode } from './episode.ts';
import type { SourceId } from './machines.ts';
import type { FanOperation } from './operation.ts';
import type { Random } from './random.ts';

/** A step of load that warms a machine. */
export interface LoadStep {
  readonly episode: Episode;
  readonly startsAt: number;
  readonly endsAt: number;
  /** % */
  readonly load: number;
}

/** Draws a healthy load step on the gearbox: it gets warmer and stays below its limit. */
export function loadStep(random: Random): LoadStep {
  const startsAt = drawMs(random, 60, 150);
  const endsAt = startsAt + drawMs(random, 60, 100);
  const note = 'The gearbox carries more load and gets warmer, as it should: below its limit.';
  const episode = lookAlike('load-step', 'gearbox-1.temperature', 'line-ua', [startsAt, endsAt], note);
  return { startsAt, endsAt, load: random.between(85, 92), episode };
}

/** A disturbance of one reading, in the tag's unit. */
export interface Spike {
  readonly episode: Episode;
  readonly tag: string;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly height: number;
}

/** Draws one spike far above the limit that is over within half a second. */
export function spike(random: Random, unbalanced: string): Spike {
  const free = random.pick<'compressor-1.pressure' | 'gearbox-1.vibration'>([
    'compressor-1.pressure',
    'gearbox-1.vibration',
  ]);
  const tag = unbalanced === 'gearbox-1' ? 'compressor-1.pressure' : free;
  const startsAt = 500 * Math.round(random.between(120, 400));
  const endsAt = startsAt + 500;
  const note = 'One disturbed reading far above the limit, gone with the next.';
  const episode = lookAlike('spike', tag, 'line-ua', [startsAt, endsAt], note);
  return { tag, startsAt, endsAt, height: tag === 'compressor-1.pressure' ? 4 : 6, episode };
}

/** Names the two passages of the fan through its critical speed: above the limit, but for less than the on-delay. */
export function resonances(fan: FanOperation): readonly Episode[] {
  const note = 'The fan passes its critical speed: above the limit for less than the on-delay.';
  return [
    lookAlike('run-down-resonance', 'fan-1.vibration', 'sensors', fan.runDown, note),
    lookAlike('start-up-resonance', 'fan-1.vibration', 'sensors', fan.startUp, note),
  ];
}

function lookAlike(
  name: string,
  tag: string,
  source: SourceId,
  [startsAt, endsAt]: readonly [number, number],
  note: string,
): Episode {
  return { name, kind: 'look-alike', asset: tag.slice(0, tag.indexOf('.')), tag, source, startsAt, endsAt, note };
}

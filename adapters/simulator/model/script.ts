import type { Episode } from './episode.ts';
import { type LinkLoss, linkLoss, type Stuck, stuckSensor } from './instrument-faults.ts';
import { loadStep, resonances, type Spike, spike } from './look-alikes.ts';
import { bearingWear, imbalance, overheating } from './machine-faults.ts';
import { compressorOperation, fanOperation, gearboxOperation, type Operation, pumpOperation } from './operation.ts';
import type { Profile } from './profile.ts';
import { createRandom, mixSeed } from './random.ts';

/** After this long the script begins again, drawn anew. */
export const CYCLE_MS = 600_000;

/** Everything that happens in one cycle; times in ms since the cycle began. */
export interface CycleScript {
  /** Speed and load by machine. */
  readonly operations: ReadonlyMap<string, Operation>;
  /** Vibration added at full speed by tag, mm/s. */
  readonly shake: ReadonlyMap<string, Profile>;
  /** Rise of the temperature a tag moves towards, K. */
  readonly heat: ReadonlyMap<string, Profile>;
  readonly spike: Spike;
  readonly stuck: Stuck;
  readonly linkLoss: LinkLoss;
  /** What is true about this cycle, in the order in which it starts. */
  readonly episodes: readonly Episode[];
}

/**
 * Draws one cycle of the plant's life.
 *
 * What every script keeps: bearing wear on `pump-1` comes first, and its vibration crosses the limit 25 to 40 s after
 * the beginning; every other kind of fault starts between 20 and 150 s and overlaps the rest; no other machine fault
 * crosses its limit while its own source is away, or within 15 s of that; the stuck sensor is on a source that stays;
 * from 450 s on all is repaired and every machine is back at the operating point it began with.
 */
export function drawScript(seed: number): CycleScript {
  const random = createRandom(mixSeed(seed));
  const wear = bearingWear(random);
  const fan = fanOperation(random);
  const unbalanced = random.pick(['fan-1', 'gearbox-1']);
  const link = linkLoss(random, unbalanced);
  const balance = imbalance(random, unbalanced, link);
  const heat = overheating(random);
  const step = loadStep(random);
  const peak = spike(random, unbalanced);
  const stuck = stuckSensor(random, { dropped: link.source, overheated: heat.tag, spiked: peak.tag });
  return {
    operations: new Map<string, Operation>([
      ['pump-1', pumpOperation(random, wear.endsAt)],
      ['gearbox-1', gearboxOperation(step)],
      ['fan-1', fan.operation],
      ['compressor-1', compressorOperation(random)],
    ]),
    shake: new Map([
      ['pump-1.vibration', wear.shake],
      [balance.tag, balance.shake],
    ]),
    heat: new Map([['pump-1.temperature', wear.heat], ...heat.heat]),
    spike: peak,
    stuck,
    linkLoss: link,
    episodes: [
      wear.episode,
      ...resonances(fan),
      balance.episode,
      heat.episode,
      step.episode,
      peak.episode,
      stuck.episode,
      link.episode,
    ].sort((a, b) => a.startsAt - b.startsAt),
  };
}

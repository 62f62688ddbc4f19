import { drawMs, type Episode } from './episode.ts';
import type { LinkLoss } from './instrument-faults.ts';
import { limitRuleOf } from './limits.ts';
import { machineOf } from './machines.ts';
import { vibrationOf } from './physics.ts';
import type { Profile } from './profile.ts';
import type { Random } from './random.ts';

/** A bearing that wears out: what it adds to vibration (mm/s at full speed) and to heat (K). */
export interface BearingWear {
  readonly episode: Episode;
  readonly shake: Profile;
  readonly heat: Profile;
  readonly endsAt: number;
}

/** mm/s per second while the limit is crossed: three standard deviations of noise take 0.8 s to pass. */
const WEAR_SLOPE = 0.45;

/**
 * Draws the first fault of a cycle: slow growth, then a steep part across the high limit, then on to high-high.
 * The moment of crossing is drawn first and the curve is laid through it.
 */
export function bearingWear(random: Random): BearingWear {
  const startsAt = drawMs(random, 6, 16);
  const crossesAt = drawMs(random, 26, 39);
  const endsAt = drawMs(random, 330, 400);
  const machine = machineOf('pump-1');
  const healthy = machine === undefined ? 0 : vibrationOf(machine, machine, 0);
  const atLimit = limitRuleOf('pump-1.vibration').high - healthy;
  const steepFrom = crossesAt - ((atLimit - 1.2) / WEAR_SLOPE) * 1_000;
  const steepTo = steepFrom + ((3.6 - 1.2) / WEAR_SLOPE) * 1_000;
  const wornAt = steepTo + drawMs(random, 40, 80);
  const shake: Profile = [
    [startsAt, 0],
    [startsAt + 0.6 * (steepFrom - startsAt), 0.4],
    [steepFrom, 1.2],
    [steepTo, 3.6],
    [wornAt, 6.6],
    // the worn bearing stays in until the pump stands still
    [endsAt + 8_000, 6.6],
    [endsAt + 9_000, 0],
  ];
  return {
    shake,
    heat: shake.map(([at, value]) => [at, 2.2 * value] as const),
    endsAt,
    episode: {
      name: 'bearing-wear',
      kind: 'bearing wear',
      asset: 'pump-1',
      tag: 'pump-1.vibration',
      source: 'hall-plc',
      startsAt,
      endsAt,
      note: 'A bearing of the pump wears: vibration rises progressively, its temperature follows. Ends with a repair at standstill.',
    },
  };
}

/** A rotor out of balance: what it adds to vibration, mm/s at full speed. */
export interface Imbalance {
  readonly episode: Episode;
  readonly tag: string;
  readonly shake: Profile;
}

/** Draws the imbalance so that it crosses its limit at least 15 s away from the loss of its own link. */
export function imbalance(random: Random, unbalanced: string, link: LinkLoss): Imbalance {
  const developsMs = drawMs(random, 8, 12);
  const startsAt = drawMs(random, ...imbalanceWindow(unbalanced, link));
  const endsAt = drawMs(random, 240, 420);
  const tag = `${unbalanced}.vibration`;
  return {
    tag,
    shake: [
      [startsAt, 0],
      [startsAt + developsMs, 4.2],
      [endsAt, 4.2],
      [endsAt + 3_000, 0],
    ],
    episode: {
      name: 'imbalance',
      kind: 'imbalance',
      asset: unbalanced,
      tag,
      source: unbalanced === 'fan-1' ? 'sensors' : 'line-ua',
      startsAt,
      endsAt,
      note: 'Deposits break off the rotor: vibration at running speed (1×) rises within seconds and stays until it is balanced.',
    },
  };
}

/** In seconds; after the bearing crossed its limit. The fan is at full speed again after 70 s; the limit is crossed 5 to 9 s after the start. */
function imbalanceWindow(unbalanced: string, link: LinkLoss): readonly [number, number] {
  if (unbalanced !== 'fan-1') return [40, 145];
  if (link.source !== 'sensors') return [74, 145];
  return link.startsAt < 100_000 ? [link.endsAt / 1_000 + 12, 145] : [74, link.startsAt / 1_000 - 26];
}

/** A machine that runs hot: by tag, how much higher the temperature settles, K. */
export interface Overheating {
  readonly episode: Episode;
  readonly tag: string;
  readonly heat: readonly (readonly [tag: string, rise: Profile])[];
}

/** Draws which machine overheats and when. The neighbouring temperature rises a little too, staying below its limit. */
export function overheating(random: Random): Overheating {
  const tag = random.pick<'gearbox-1.oil-temperature' | 'compressor-1.temperature'>([
    'gearbox-1.oil-temperature',
    'compressor-1.temperature',
  ]);
  const startsAt = drawMs(random, 35, 130);
  const endsAt = drawMs(random, 240, 420);
  const [asset, neighbour, rise, note] =
    tag === 'gearbox-1.oil-temperature'
      ? ['gearbox-1', 'gearbox-1.temperature', 34, 'The oil cooler of the gearbox is blocked: the oil gets too hot.']
      : [
          'compressor-1',
          'compressor-1.oil-temperature',
          46,
          'The aftercooler of the compressor is fouled: it runs hot.',
        ];
  const shape = (value: number): Profile => [
    [startsAt, 0],
    [startsAt + 1_000, value],
    [endsAt, value],
    [endsAt + 1_000, 0],
  ];
  return {
    tag,
    heat: [
      [tag, shape(rise)],
      [neighbour, shape(0.2 * rise)],
    ],
    episode: { name: 'overheating', kind: 'overheating', asset, tag, source: 'line-ua', startsAt, endsAt, note },
  };
}

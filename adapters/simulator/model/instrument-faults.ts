import { drawMs, type Episode } from './episode.ts';
import type { SourceId } from './machines.ts';
import type { Random } from './random.ts';

/** A source that cannot be reached for a while. */
export interface LinkLoss {
  readonly episode: Episode;
  readonly source: SourceId;
  readonly startsAt: number;
  readonly endsAt: number;
}

/** Draws which link drops and when. Early or late when the imbalance lies on the same link, to leave room for it. */
export function linkLoss(random: Random, unbalanced: string): LinkLoss {
  const source = random.pick<'hall-plc' | 'sensors'>(['hall-plc', 'sensors']);
  const window: readonly [number, number] =
    source === 'hall-plc' || unbalanced !== 'fan-1' ? [70, 150] : random.pick([[70, 80] as const, [110, 150] as const]);
  const startsAt = drawMs(random, ...window);
  const endsAt = startsAt + drawMs(random, 20, 30);
  const what = source === 'hall-plc' ? 'The PLC of the hall (Modbus)' : 'The broker of the wireless sensors (MQTT)';
  const note = `${what} cannot be reached. Its machines go on as before: nothing may be said about them.`;
  return {
    source,
    startsAt,
    endsAt,
    episode: { name: 'link-loss', kind: 'link loss', asset: null, tag: null, source, startsAt, endsAt, note },
  };
}

/** A sensor that repeats one value exactly. */
export interface Stuck {
  readonly episode: Episode;
  readonly tag: string;
  readonly startsAt: number;
  readonly endsAt: number;
}

/** Draws which sensor sticks: one that nothing else happens to, on a source that stays. */
export function stuckSensor(
  random: Random,
  taken: { readonly dropped: SourceId; readonly overheated: string; readonly spiked: string },
): Stuck {
  const candidates: [string, SourceId][] = [];
  if (taken.dropped === 'hall-plc')
    candidates.push(['fan-1.temperature', 'sensors'], ['compressor-1.vibration', 'sensors']);
  else candidates.push(['pump-1.pressure', 'hall-plc']);
  if (taken.overheated !== 'compressor-1.temperature') candidates.push(['compressor-1.oil-temperature', 'line-ua']);
  if (taken.spiked !== 'compressor-1.pressure') candidates.push(['compressor-1.pressure', 'line-ua']);
  // at least one of the first two branches has filled the list
  const [tag, source] = random.pick(candidates as [[string, SourceId], ...[string, SourceId][]]);
  const startsAt = drawMs(random, 60, 140);
  const endsAt = startsAt + drawMs(random, 60, 120);
  const asset = tag.slice(0, tag.indexOf('.'));
  const note = 'The sensor repeats one value exactly while its machine lives.';
  return {
    tag,
    startsAt,
    endsAt,
    episode: { name: 'stuck-sensor', kind: 'stuck sensor', asset, tag, source, startsAt, endsAt, note },
  };
}

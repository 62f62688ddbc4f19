import type { MqttClient } from 'mqtt';
import { sayCount } from '../../../src/model/count-words.ts';
import { sayDuration } from '../../../src/model/duration.ts';
import {
  AdapterError,
  type AskContext,
  type Binding,
  type FoundTag,
  type ProbedTag,
  type ProbeReport,
  type Reading,
} from '../../adapter.ts';
import { Link } from '../link.ts';
import { prepareSession } from '../session.ts';
import type { Catalogue, Definition } from './catalogue.ts';
import type { Effect } from './edge-node.ts';
import type { Value } from './flatten.ts';
import { compileGlob } from './glob.ts';
import { Host } from './host.ts';
import { type EdgeId, messageFilters } from './message-topic.ts';
import { commandTopic, rebirthCommand } from './rebirth.ts';
import { type Address, type Config, linkSettings } from './settings.ts';
import { isControl, keyOf } from './tag-table.ts';
import { ucumOf } from './units.ts';

const TICK_MS = 100;
/** Births of devices follow the one of their edge node: so long after the last one nothing more is expected. */
const QUIET_MS = 2_000;
/** Groups that are named where nothing came of any. */
const SHOWN_GROUPS = 5;

/** What asking needs: the library is loaded late. */
export interface AskOptions {
  readonly config: Config;
  readonly bindings: readonly Binding<Address>[];
  readonly ctx: AskContext;
  readonly MqttClient: typeof MqttClient;
}

/** Asks the edge nodes of the bindings for their births, and tells what they say of each. */
export async function probeEdgeNodes(options: AskOptions): Promise<ProbeReport> {
  const { bindings } = options;
  const readings = new Map<string, Reading>();
  const born = new Set<string>();
  /** Values of each birth, by edge node and by what was born: a second one takes the place of the first. */
  const births = new Map<string, Map<string, number>>();
  const wanted = new Set(bindings.map(({ address }) => placeOf(address, address.device ?? null)));
  const heard = await listen(options, {
    onEffect: (id, effect) => {
      if (effect.kind !== 'born') return;
      born.add(placeOf(id, effect.device));
      const edge = births.get(keyOf(id)) ?? new Map<string, number>();
      births.set(keyOf(id), edge.set(placeOf(id, effect.device), valuesOf(effect).length));
    },
    onReadings: (given) => {
      for (const reading of given) readings.set(reading.tag, reading);
    },
    // Without bindings it listens for whoever sends.
    isDone: () => wanted.size > 0 && [...wanted].every((place) => born.has(place)),
  });
  return {
    tags: bindings.map((binding) => probed(binding, { readings, born, config: options.config })),
    notes: [
      ...[...births].map(([edge, counts]) => `${edge} was born with ${sayCount(sumOf(counts.values()), 'value')}.`),
      ...(heard === 0 ? silenceNotes(options.config) : []),
    ],
  };
}

function sumOf(counts: Iterable<number>): number {
  return [...counts].reduce((sum, count) => sum + count, 0);
}

/** Where nothing at all came: what was asked for, that the broker took it, how long it was waited, and what to look at. */
function silenceNotes({ url, groups, timeout }: Config): string[] {
  const filters = groups.length === 0 ? ['spBv1.0/#'] : groups.map((group) => `spBv1.0/${group}/#`);
  const rest = filters.length - SHOWN_GROUPS;
  const named = filters.slice(0, SHOWN_GROUPS).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  return [
    `${url} is there and accepted the subscription of ${named}; nothing came on it within ${sayDuration(timeout)}`,
    'look at the ids of the groups (capitals count), whether an edge node sends now, and whether this user may read it: some brokers accept a subscription and send nothing. Births come when an edge node starts or is asked: who sends neither births nor data is not known to be there',
  ];
}

/** Lists the metrics of every birth that comes while it listens; who sends data unborn is asked for its birth. */
export async function* discoverMetrics(options: AskOptions, glob: string): AsyncGenerator<FoundTag<Address>> {
  const isWanted = compileGlob(glob);
  const found = new Map<string, FoundTag<Address>>();
  await listen(options, {
    onEffect: (id, effect) => {
      if (effect.kind !== 'born') return;
      for (const tag of foundIn(id, effect)) if (isWanted(tag.name)) found.set(tag.name, tag);
    },
    onReadings: () => undefined,
    isDone: () => false,
  });
  yield* [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Ear {
  readonly onEffect: (id: EdgeId, effect: Effect) => void;
  readonly onReadings: (readings: readonly Reading[]) => void;
  readonly isDone: () => boolean;
}

/** A host for a while, which says nothing of itself: it would speak for the service that runs under the same host id. How many messages came. */
async function listen({ config, bindings, ctx, MqttClient }: AskOptions, ear: Ear): Promise<number> {
  const filters = messageFilters(config.groups);
  const name = config.clientId === undefined ? {} : { clientId: `${config.clientId}-ask` }; // two with one name end each other
  const link = new Link(MqttClient, {
    url: config.url,
    session: await prepareSession({ ...linkSettings(config), ...name }, [...filters, 'ask']),
    receive: ({ topic, payload, retain }, next) => {
      heardAt = ctx.clock.now();
      heard += 1;
      ear.onReadings(host.receive({ topic, payload, retain }).readings);
      next();
    },
    maxPayload: config.maxPayload,
    isBlocked: () => false,
    clock: ctx.clock,
  });
  const host = new Host({
    config,
    bindings,
    clock: ctx.clock,
    lastStored: () => null,
    observe: () => undefined,
    onEffect: ear.onEffect,
    requestRebirth: ({ group, edge }) => {
      const command = rebirthCommand(ctx.clock.now());
      void link.publish(commandTopic(group, edge), command, { qos: 0, retain: false });
    },
  });
  let heardAt = ctx.clock.now();
  let heard = 0;
  try {
    const tooLate = ctx.clock.sleep(config.timeout, ctx.signal).then(() => 'too late' as const);
    const opening = await Promise.race([link.open(filters, 1), link.broken, tooLate]);
    if (opening instanceof AdapterError) throw opening;
    if (opening === 'too late') {
      if (ctx.signal.aborted) return heard;
      throw new AdapterError('connection_timeout', `no answer from ${config.url}`);
    }
    host.begin();
    const beganAt = ctx.clock.now();
    const isOver = () => {
      const now = ctx.clock.now();
      return now - beganAt >= config.timeout && now - heardAt >= QUIET_MS;
    };
    const latestAt = beganAt + 3 * config.timeout; // somebody always sends data
    while (!ctx.signal.aborted && !ear.isDone() && !isOver() && ctx.clock.now() < latestAt) {
      const broken = await Promise.race([link.broken, ctx.clock.sleep(TICK_MS, ctx.signal)]);
      if (broken instanceof AdapterError) throw broken;
      // Deaths by silence are for who goes on listening: here it is said in words.
      host.tick();
    }
    return heard;
  } finally {
    await link.close('politely');
  }
}

function probed(
  { tag, address }: Binding<Address>,
  seen: {
    readonly readings: ReadonlyMap<string, Reading>;
    readonly born: ReadonlySet<string>;
    readonly config: Config;
  },
): ProbedTag {
  const reading = seen.readings.get(tag) ?? null;
  const edge = keyOf(address);
  if (!seen.born.has(placeOf(address, null)) && reading === null) {
    const why = seen.config.rebirth === 'never' ? 'and none was asked for (rebirth: never)' : 'although it was asked';
    return { tag, reading, problem: `${edge} sent no birth ${why}: check its ids, its link and its rights` };
  }
  if (address.device !== undefined && !seen.born.has(placeOf(address, address.device)) && reading === null)
    return { tag, reading, problem: `${edge} has no device ${address.device}: it sent no birth of it` };
  if (reading === null)
    return {
      tag,
      reading,
      problem: `${address.metric} is there and is neither a number nor a text: only these are read`,
    };
  if (reading.value === null && reading.text === undefined && reading.code !== undefined)
    return { tag, reading: null, problem: `no birth has the metric ${address.metric}: compare it with discover` };
  const problem = reading.quality === 'good' ? null : `the edge node calls its value ${reading.quality}`;
  return { tag, reading, problem };
}

function placeOf(id: EdgeId, device: string | null): string {
  return `${keyOf(id)}/${device ?? ''}`;
}

type Birth = Extract<Effect, { kind: 'born' }>;

function valuesOf({ read }: Birth): Value[] {
  return read.values.filter(({ path }) => !isControl(path));
}

function* foundIn(id: EdgeId, birth: Birth): Generator<FoundTag<Address>> {
  const { device, metrics } = birth;
  for (const { path, value, text } of valuesOf(birth)) {
    const { unit = null, range = null } = definitionAt(metrics, path) ?? {};
    yield {
      name: [id.group, id.edge, ...(device === null ? [] : [device]), path].join('/'),
      address: { group: id.group, edge: id.edge, ...(device === null ? {} : { device }), metric: path },
      unit: ucumOf(unit),
      range,
      value: text ?? value,
    };
  }
}

/** The definition of a path: a metric, or a member of one. */
function definitionAt({ byName }: Catalogue, path: string): Definition | null {
  const direct = byName.get(path);
  if (direct !== undefined) return direct;
  for (const [name, { members }] of byName) {
    const found = path.startsWith(`${name}/`) ? definitionAt(members, path.slice(name.length + 1)) : null;
    if (found !== null) return found;
  }
  return null;
}

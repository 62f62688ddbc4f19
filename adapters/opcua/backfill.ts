import { EventEmitter, once } from 'node:events';
import type { AdapterContext, Binding, EpochMs, Reading } from '../adapter.ts';
import type { Session } from './connection.ts';
import { decode } from './decode.ts';
import type { Gap, Gaps } from './gaps.ts';
import { type HistoryNode, type HistoryPage, readHistoryPage, saysNoHistory } from './history.ts';
import type { Library } from './library.ts';
import { parseNodeId, readNamespaces } from './node-ids.ts';
import type { ServerLimits } from './server-limits.ts';
import type { Address, Config } from './settings.ts';

/** A node or server without history is asked again after a day: somebody may have switched it on. */
const ASK_AGAIN_MS = 86_400_000;
const SERVER = '';
/** First values of a subscription come within a few publications: gaps are gathered meanwhile, to be asked for together. */
const GATHER_MS = 500;
/** Gaps that begin and end within this time of each other are read in one request. */
const SAME_TIME_MS = 10_000;
/** What fails is tried again this often in one connection, and then after the next connect. */
const MAX_ROUNDS = 5;
const RETRY_MS = 30_000;
const SAVE_EVERY_MS = 2_000;
/** Pages of one gap that bring nothing new: a server that goes round in a circle. */
const MAX_IDLE_PAGES = 50;

/** What the back-fill needs of the connection it works on. */
export interface BackfillOptions {
  readonly library: Library;
  readonly session: Session;
  readonly limits: ServerLimits;
  readonly config: Config;
  readonly bindings: readonly Binding<Address>[];
  /** Of the source; whoever opened it saves it at the end. */
  readonly gaps: Gaps;
  readonly ctx: AdapterContext;
  readonly signal: AbortSignal;
}

/** Finds out what was missed while there was no connection, and reads it back from the server's history. */
export interface Backfill {
  /** A live value of a tag arrived: the first one ends its gap. */
  heard(tag: string, at: EpochMs): void;
  /** The server's queue was full: what lay between two live values is missing. */
  lost(tag: string, from: EpochMs, to: EpochMs): void;
  /** Reads back until `signal` aborts. */
  run(): Promise<void>;
}

/** Notes, durably, where each tag's gap begins. To be called before anything live is delivered. */
export async function openBackfill(options: BackfillOptions): Promise<Backfill> {
  const { bindings, config, gaps, ctx, signal } = options;
  const now = ctx.clock.now();
  const oldest = now - config.backfill;
  const canBeAsked = (key: string) => now - (gaps.without.get(key) ?? Number.NEGATIVE_INFINITY) >= ASK_AGAIN_MS;
  forget(gaps, bindings, oldest);
  if (config.backfill > 0 && canBeAsked(SERVER)) {
    for (const { tag } of bindings) {
      const last = ctx.lastStored(tag);
      if (last === null || !canBeAsked(tag) || gaps.of(tag).some(({ to }) => to === null)) continue;
      gaps.add({ tag, from: Math.max(last, oldest), to: null });
    }
  }
  await gaps.save();
  const open = new Map(gaps.all().flatMap((gap) => (gap.to === null ? [[gap.tag, gap] as const] : [])));
  const bell = new EventEmitter();
  const wake = () => void bell.emit('ring');
  return {
    heard(tag, at) {
      const gap = open.get(tag);
      if (gap === undefined) return;
      open.delete(tag);
      if (at <= gap.from) gaps.remove(gap);
      else {
        gap.to = at;
        gaps.changed();
      }
      wake();
    },
    lost(tag, from, to) {
      if (config.backfill === 0 || !canBeAsked(SERVER) || !canBeAsked(tag) || to <= from) return;
      gaps.add({ tag, from, to });
      wake();
    },
    async run() {
      signal.addEventListener('abort', wake, { once: true });
      const givenUp = new Set<Gap>();
      while (!signal.aborted) {
        await ctx.clock.sleep(GATHER_MS, signal);
        await fill(options, givenUp);
        await gaps.save();
        if (signal.aborted || closedOf(gaps, givenUp).length > 0) continue;
        await once(bell, 'ring');
      }
    },
  };
}

/** Drops what is too old or belongs to tags that are no longer bound. */
function forget(gaps: Gaps, bindings: readonly Binding<Address>[], oldest: EpochMs): void {
  const tags = new Set(bindings.map(({ tag }) => tag));
  for (const gap of gaps.all()) {
    if (!tags.has(gap.tag) || (gap.to !== null && gap.to <= oldest)) gaps.remove(gap);
    else gap.from = Math.max(gap.from, oldest);
  }
}

type Closed = Gap & { to: EpochMs };

async function fill(options: BackfillOptions, givenUp: Set<Gap>): Promise<void> {
  const { gaps, ctx, signal, limits } = options;
  let savedAt = ctx.clock.now();
  let perRequest = limits.history;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const groups = planGroups(closedOf(gaps, givenUp), perRequest);
    let failed: readonly Gap[] = [];
    for (const group of groups) {
      if (signal.aborted) return;
      const startedAt = ctx.clock.now();
      const outcome = await fillGroup(options, group);
      failed = [...failed, ...outcome.failed];
      const code = outcome.reason === null ? {} : { code: outcome.reason };
      ctx.observe({ unit: 'history', ms: ctx.clock.now() - startedAt, ...code });
      if (ctx.clock.now() - savedAt < SAVE_EVERY_MS) continue;
      await gaps.save();
      savedAt = ctx.clock.now();
    }
    if (failed.length === 0) return;
    if (round === MAX_ROUNDS - 1) for (const gap of failed) givenUp.add(gap);
    else await ctx.clock.sleep(RETRY_MS, signal);
    perRequest = Math.max(1, Math.floor(perRequest / 2)); // it may have been too much at once
  }
}

function closedOf(gaps: Gaps, givenUp: ReadonlySet<Gap>): Closed[] {
  return gaps.all().filter((gap): gap is Closed => gap.to !== null && !givenUp.has(gap));
}

/** Puts gaps that begin and end at about the same time together, the oldest first; each tag once in a group. */
export function planGroups<G extends { readonly tag: string; readonly from: EpochMs; readonly to: EpochMs }>(
  gaps: readonly G[],
  atMost: number,
): G[][] {
  const groups: Group<G>[] = [];
  // Those that have room, by where they end: whoever fits one ends within the same or a neighbouring stretch.
  const open = new Map<number, Group<G>[]>();
  for (const gap of gaps.toSorted((a, b) => a.from - b.from)) {
    const stretch = Math.floor(gap.to / SAME_TIME_MS);
    const fitting = [stretch - 1, stretch, stretch + 1]
      .flatMap((each) => open.get(each) ?? [])
      .find(({ first, tags }) => {
        const isClose = gap.from - first.from <= SAME_TIME_MS && Math.abs(gap.to - first.to) <= SAME_TIME_MS;
        return isClose && !tags.has(gap.tag);
      });
    const group = fitting ?? { first: gap, gaps: [], tags: new Set<string>(), stretch };
    group.gaps.push(gap);
    group.tags.add(gap.tag);
    if (fitting === undefined) groups.push(group);
    const mayGrow = (each: Group<G>) => each.gaps.length < atMost && gap.from - each.first.from <= SAME_TIME_MS;
    const others = (open.get(group.stretch) ?? []).filter((each) => each !== group);
    open.set(group.stretch, [...others, group].filter(mayGrow));
  }
  return groups.map((group) => group.gaps);
}

interface Group<G> {
  readonly first: G;
  readonly gaps: G[];
  readonly tags: Set<string>;
  /** Where `first` ends, in `SAME_TIME_MS`. */
  readonly stretch: number;
}

interface OpenNode extends HistoryNode {
  readonly gap: Closed;
  idlePages: number;
}

interface Outcome {
  readonly failed: readonly Gap[];
  /** Why, as a code; `null`: nothing failed. */
  readonly reason: string | null;
}
const DONE: Outcome = { failed: [], reason: null };

/** Reads gaps back page by page; a gap is removed when it is filled, or when there is no history to fill it from. */
async function fillGroup(options: BackfillOptions, group: readonly Closed[]): Promise<Outcome> {
  const { library, session, gaps, ctx, signal } = options;
  const [from, to] = [Math.min(...group.map((gap) => gap.from)), Math.max(...group.map((gap) => gap.to))];
  let open = await resolve(options, group);
  let outcome = DONE;
  while (open.length > 0 && !signal.aborted) {
    // A continuation point stands for the time range of the first request; those that begin anew are asked for apart.
    const continued = open.filter(({ continuationPoint }) => continuationPoint !== null);
    const nodes = continued.length > 0 ? continued : open;
    const begin = continued.length > 0 ? from : Math.min(...nodes.map(({ gap }) => gap.from));
    let pages: readonly HistoryPage[];
    try {
      pages = await readHistoryPage(library, session, { nodes, from: begin, to });
    } catch (error) {
      if (signal.aborted) return DONE;
      if (!saysNoHistory(error)) return { failed: open.map(({ gap }) => gap), reason: 'history_failed' };
      gaps.without.set(SERVER, ctx.clock.now());
      for (const gap of gaps.all()) gaps.remove(gap);
      return DONE;
    }
    if (signal.aborted) return DONE;
    const missed = nodes.map(({ gap }, i) => missingOf(gap, pages[i]!, ctx));
    const batch = missed.flat();
    if (batch.length > 0) await ctx.sink(batch);
    const left = nodes.filter((node, i) => {
      const page = pages[i]!;
      advance(node, missed[i]!, gaps);
      if (page.kind === 'failed') outcome = { failed: [...outcome.failed, node.gap], reason: page.reason };
      else if (page.kind === 'without history') dismiss(node.gap, { gaps, ctx });
      else if (goesOn(node, page, missed[i]!.length)) return true;
      else gaps.remove(node.gap);
      return false;
    });
    open = [...open.filter((node) => !nodes.includes(node)), ...left];
  }
  return outcome;
}

async function resolve(
  { library, session, bindings, gaps }: BackfillOptions,
  group: readonly Closed[],
): Promise<OpenNode[]> {
  const namespaces = await readNamespaces(library, session);
  const wanted = new Map(group.map((gap) => [gap.tag, gap]));
  return bindings.flatMap(({ tag, address }): OpenNode[] => {
    const gap = wanted.get(tag);
    if (gap === undefined) return [];
    const nodeId = parseNodeId(library, address.nodeId, namespaces);
    if (nodeId) return [{ nodeId, gap, continuationPoint: null, idlePages: 0 }];
    gaps.remove(gap); // it is one bad tag already
    return [];
  });
}

/** The readings of a page that lie within the gap, in the order of their times. */
function missingOf({ tag, from, to }: Closed, page: HistoryPage, ctx: AdapterContext): Reading[] {
  if (page.kind !== 'values') return [];
  // A history may keep whole milliseconds of what arrived live with microseconds: that is no other reading.
  const end = Number.isInteger(to) ? to : Math.floor(to);
  return page.values
    .map((data): Reading => ({ ...decode(tag, data, ctx.clock.now()), historical: true }))
    .filter(({ at }) => at > from && at < to && at !== end)
    .sort((a, b) => a.at - b.at);
}

/** What is delivered is no longer missing. */
function advance(node: OpenNode, delivered: readonly Reading[], gaps: Gaps): void {
  const last = delivered.at(-1);
  node.idlePages = last ? 0 : node.idlePages + 1;
  if (last === undefined) return;
  node.gap.from = last.at;
  gaps.changed();
}

function goesOn({ idlePages }: OpenNode, page: HistoryPage & { kind: 'values' }, delivered: number): boolean {
  if (page.more === 'no' || idlePages > MAX_IDLE_PAGES) return false;
  return page.more === 'yes' || delivered > 0 || page.values.length === 0;
}

function dismiss(gap: Gap, { gaps, ctx }: { gaps: Gaps; ctx: AdapterContext }): void {
  gaps.without.set(gap.tag, ctx.clock.now());
  for (const each of gaps.of(gap.tag)) gaps.remove(each);
}

import type { AdapterContext, Binding } from '../adapter.ts';
import type { Session } from './connection.ts';
import { decode } from './decode.ts';
import type { Heard } from './heard.ts';
import type { Library } from './library.ts';
import { parseNodeId, readNamespaces } from './node-ids.ts';
import { chunksOf, type ServerLimits } from './server-limits.ts';
import type { Address, Config } from './settings.ts';

/** How often items are looked after, and after how long without a word. */
const LOOK_MS = 30_000;
const SILENT_MS = 60_000;
/** Bounds what looking after costs the server: the longest silent ones first. */
const ITEMS_AT_ONCE = 500;
/** Longer than a change may be on its way from the variable to us, in publish intervals and samplings. */
const PATIENCE = 3;
const PATIENCE_MS = 5_000;

/** What looking after needs. */
export interface ItemWatchOptions {
  readonly library: Library;
  readonly session: Session;
  readonly limits: ServerLimits;
  readonly config: Config;
  readonly bindings: readonly Binding<Address>[];
  readonly heard: Heard;
  /** Items that the server took, by handle. */
  readonly isTaken: (handle: number) => boolean;
  /** Makes the server forget items and takes them anew, which brings their present value. */
  readonly renew: (handles: readonly number[]) => Promise<void>;
  readonly ctx: AdapterContext;
  readonly signal: AbortSignal;
}

/**
 * Reads items that have been silent for long. One whose value is another than the last one heard, and is so again after
 * the time a notification may take, was lost by the server without a word (restart, namespaces numbered anew).
 */
export async function watchItems(options: ItemWatchOptions): Promise<void> {
  const { ctx, signal, config } = options;
  const patienceMs = PATIENCE * (config.publish + (config.sampling ?? config.publish / 2)) + PATIENCE_MS;
  while (!signal.aborted) {
    await ctx.clock.sleep(LOOK_MS, signal);
    if (signal.aborted) return;
    const suspects = await changedUnheard(options, silentFor(options, Math.max(SILENT_MS, patienceMs)));
    if (suspects.length === 0) continue;
    const since = ctx.clock.now();
    await ctx.clock.sleep(patienceMs, signal);
    if (signal.aborted) return;
    const still = suspects.filter((handle) => options.heard.arrivedAtOf(handle) <= since);
    const lost = await changedUnheard(options, still);
    for (const handle of lost) ctx.observe({ unit: options.bindings[handle]!.tag, code: 'item_silent', ms: 0 });
    if (lost.length > 0) await options.renew(lost);
  }
}

function silentFor({ bindings, heard, isTaken, ctx }: ItemWatchOptions, ms: number): number[] {
  const before = ctx.clock.now() - ms;
  return bindings
    .map((_, handle) => handle)
    .filter((handle) => isTaken(handle) && heard.arrivedAtOf(handle) <= before)
    .sort((a, b) => heard.arrivedAtOf(a) - heard.arrivedAtOf(b))
    .slice(0, ITEMS_AT_ONCE);
}

/** Of these items, those whose value at the server is not the one heard last. The others are looked after in turn. */
async function changedUnheard(options: ItemWatchOptions, handles: readonly number[]): Promise<number[]> {
  const { library, session, limits, config, bindings, heard, ctx } = options;
  if (handles.length === 0) return [];
  const namespaces = await readNamespaces(library, session);
  const changed: number[] = [];
  for (const chunk of chunksOf(handles, limits.read)) {
    const nodes = chunk.map((handle) => parseNodeId(library, bindings[handle]!.address.nodeId, namespaces));
    const nodesToRead = nodes.map((nodeId) => ({
      nodeId: nodeId ?? library.NodeId.nullNodeId,
      attributeId: library.AttributeIds.Value,
    }));
    const values = await session.read(nodesToRead);
    for (const [i, handle] of chunk.entries()) {
      const { tag, address } = bindings[handle]!;
      const reading = decode(tag, values[i]!, ctx.clock.now());
      const isMuted = address.deadband !== undefined || address.deadbandPercent !== undefined;
      // Within a deadband a change is meant to be silent; that there is no value any more is not.
      const isExpected = isMuted && reading.value !== null;
      if (isExpected || heard.isSame(handle, reading, config.trigger)) heard.touch(handle, ctx.clock.now());
      else changed.push(handle);
    }
  }
  return changed;
}

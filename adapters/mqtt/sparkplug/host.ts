import type { AdapterContext, Binding, DiscardReason, EpochMs, Reading } from '../../adapter.ts';
import type { Published } from '../publish-stream.ts';
import { described, EMPTY, sizeOf } from './catalogue.ts';
import { type EdgeNode, type Effect, isPending, receive, type Step, tick, unknownNode } from './edge-node.ts';
import { type Addressed, type EdgeId, parseTopic } from './message-topic.ts';
import { decodePayload, type Metric, type Payload } from './payload.ts';
import { type Delivered, lostReadings, readingsOf } from './readings.ts';
import type { Address, Config } from './settings.ts';
import { keyOf, TagTable } from './tag-table.ts';
import { ucumOf } from './units.ts';

/** Edge nodes that are remembered: who invents ids must not fill the memory. */
const MAX_EDGE_NODES = 10_000;
/** At most ten requests a second: a thousand edge nodes that answered at once would drown each other. */
const REQUEST_EVERY_MS = 100;

/** What a host works with. */
export interface HostOptions {
  readonly config: Pick<Config, 'asset' | 'maxMetrics' | 'rebirth' | 'reorderTimeout'>;
  readonly bindings: readonly Binding<Address>[];
  readonly clock: AdapterContext['clock'];
  readonly lastStored: AdapterContext['lastStored'];
  /** Sends the command that makes an edge node send its births. */
  readonly requestRebirth: (id: EdgeId) => void;
  readonly observe: AdapterContext['observe'];
  readonly describe?: AdapterContext['describe'];
  /** Sees everything that was born or said, for who lists it. */
  readonly onEffect?: (id: EdgeId, effect: Effect) => void;
}

interface Known extends EdgeId {
  state: EdgeNode;
  metrics: number;
  askedAt: EpochMs | null;
}

/** All edge nodes of one connection: what each of them says becomes readings here. */
export class Host {
  readonly #options: HostOptions;
  readonly #tags: TagTable;
  readonly #nodes = new Map<string, Known>();
  /** Those for which time alone can change something. */
  readonly #pending = new Set<Known>();
  /** To be asked, in this order. */
  readonly #requests = new Set<Known>();
  #nextRequestAt = Number.POSITIVE_INFINITY;
  #metrics = 0;

  constructor(options: HostOptions) {
    this.#options = options;
    const { bindings, config } = options;
    this.#tags = new TagTable({ bindings, asset: config.asset, maxMetrics: config.maxMetrics });
    for (const { address } of bindings) this.#know(address, 'wanted');
  }

  /** Begins to ask for births; before that our own birth has to be out (tck-id-host-topic-phid-birth-message). */
  begin(): void {
    this.#nextRequestAt = this.#options.clock.now();
  }

  /** Takes a message. Never throws: what is wrong with it becomes a reason. */
  receive({ topic, payload, retain }: Pick<Published, 'topic' | 'payload' | 'retain'>): Delivered {
    const from = parseTopic(topic);
    if (from === null) return refused('unknown_tag');
    if (payload === null) return refused('too_large');
    // By the specification none is retained, and nobody would know how old it is.
    if (retain) return refused('retained');
    const decoded = decodePayload(payload);
    if (decoded === null) return refused('malformed');
    const known = this.#nodes.get(keyOf(from)) ?? this.#know(from, 'unwanted');
    if (known === null) return refused('adopt_limit');
    if (!this.#hasRoom(known, from, decoded)) return refused('adopt_limit', decoded.metrics.length);
    if (from.type === 'NBIRTH') this.#answered(known);
    const message = { type: from.type, device: from.device, payload: decoded };
    return this.#follow(known, receive(known.state, message, this.#stepContext()));
  }

  /** Lets time pass. Call it ten times a second. */
  tick(): Delivered {
    const all: Delivered = { readings: [], discarded: [] };
    for (const known of [...this.#pending]) {
      const { readings, discarded } = this.#follow(known, tick(known.state, this.#stepContext()));
      for (const reading of readings) all.readings.push(reading);
      all.discarded.push(...discarded);
    }
    this.#sendRequests();
    return all;
  }

  /** The link is lost: what follows for the tags, once. */
  lose(): Reading[] {
    return lostReadings(this.#tags, this.#options.lastStored);
  }

  #stepContext() {
    return { now: this.#options.clock.now(), reorderMs: this.#options.config.reorderTimeout };
  }

  #know({ group, edge }: EdgeId, rebirth: 'wanted' | 'unwanted'): Known | null {
    const key = keyOf({ group, edge });
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    if (this.#nodes.size >= MAX_EDGE_NODES) return null;
    const made: Known = { group, edge, state: unknownNode(rebirth), metrics: 0, askedAt: null };
    this.#nodes.set(key, made);
    if (rebirth === 'wanted') this.#pending.add(made);
    return made;
  }

  #hasRoom({ state, metrics }: Known, { type, device }: Addressed, payload: Payload): boolean {
    if (!type.endsWith('BIRTH')) return true;
    const replaced = device === null ? metrics : sizeOf(state.devices.get(device)?.metrics ?? EMPTY);
    return this.#metrics - replaced + countMetrics(payload.metrics) <= this.#options.config.maxMetrics;
  }

  #follow(known: Known, { state, effects }: Step): Delivered {
    known.state = state;
    if (isPending(state)) this.#pending.add(known);
    else this.#pending.delete(known);
    const into: Delivered = { readings: [], discarded: [] };
    for (const effect of effects) this.#do(known, effect, into);
    if (effects.some(({ kind }) => kind === 'born' || kind === 'dead')) this.#recount(known);
    return into;
  }

  #do(known: Known, effect: Effect, into: Delivered): void {
    this.#options.onEffect?.(known, effect);
    switch (effect.kind) {
      case 'rebirth':
        if (this.#options.config.rebirth === 'never') return;
        this.#requests.add(known);
        this.#sendRequests();
        return;
      case 'discard':
        for (let i = 0; i < effect.count; i++) into.discarded.push(effect.reason);
        return;
      case 'born':
      case 'data':
      case 'dead': {
        const { clock, lastStored } = this.#options;
        const { readings, discarded } = readingsOf(known, effect, { tags: this.#tags, now: clock.now(), lastStored });
        for (const reading of readings) into.readings.push(reading);
        for (const reason of discarded) into.discarded.push(reason);
        if (effect.kind === 'born') this.#describe(known, effect);
      }
    }
  }

  /** Tells what a birth says of metrics that the plant file does not have. */
  #describe(id: EdgeId, { device, metrics }: Extract<Effect, { kind: 'born' }>): void {
    const { describe } = this.#options;
    const slots = this.#tags.pathsOf(id, device);
    for (const [path, { unit, range }] of describe === undefined ? [] : described(metrics)) {
      const slot = slots.get(path);
      if (slot === undefined || slot.isBound) continue;
      for (const tag of slot.tags) describe?.(tag, { unit: ucumOf(unit), range });
    }
  }

  #sendRequests(): void {
    const now = this.#options.clock.now();
    const [next] = this.#requests;
    if (next === undefined || now < this.#nextRequestAt) return;
    this.#requests.delete(next);
    this.#nextRequestAt = now + REQUEST_EVERY_MS;
    if (next.askedAt !== null) {
      this.#options.observe({ unit: keyOf(next), code: 'request_timeout', ms: now - next.askedAt });
    }
    next.askedAt = now;
    this.#options.requestRebirth(next);
  }

  #answered(known: Known): void {
    this.#requests.delete(known);
    if (known.askedAt === null) return;
    this.#options.observe({ unit: keyOf(known), ms: this.#options.clock.now() - known.askedAt });
    known.askedAt = null;
  }

  #recount(known: Known): void {
    const { metrics, devices } = known.state;
    let count = sizeOf(metrics ?? EMPTY);
    for (const device of devices.values()) count += sizeOf(device.metrics ?? EMPTY);
    this.#metrics += count - known.metrics;
    known.metrics = count;
  }
}

/** Members of templates count: a definition of each is kept. */
function countMetrics(metrics: readonly Metric[]): number {
  return metrics.reduce(
    (sum, { value }) => sum + 1 + (value?.kind === 'template' ? countMetrics(value.value.metrics) : 0),
    0,
  );
}

function refused(reason: DiscardReason, count = 1): Delivered {
  return { readings: [], discarded: Array<DiscardReason>(count).fill(reason) };
}

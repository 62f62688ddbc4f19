import type { DiscardReason, EpochMs } from '../../adapter.ts';
import { type Catalogue, catalogue, EMPTY } from './catalogue.ts';
import { flatten, type Values } from './flatten.ts';
import type { MessageType } from './message-topic.ts';
import type { Payload } from './payload.ts';
import { born as answered, asked, isDue, NEVER_ASKED, type Rebirth, want } from './rebirth.ts';

/** Messages that wait for one before them; with more the missing one is given up. */
export const MAX_EARLY = 64;
/** How long after an NBIRTH its devices may take to be born again, before they count as gone. */
export const DEVICE_BIRTH_MS = 10_000;
/** Unanswered rebirth requests after which an edge node that was never heard counts as gone. */
const UNANSWERED = 3;

/** A message of one edge node. */
export interface Message {
  readonly type: MessageType;
  readonly device: string | null;
  readonly payload: Payload;
}

/** What is known of one edge node. Plain data; `receive` and `tick` make the next one. */
export interface EdgeNode {
  readonly session: 'unknown' | 'alive' | 'dead';
  readonly wasHeard: boolean;
  /** Of the NBIRTH; a death with another one belongs to an earlier session. */
  readonly bdSeq: number | null;
  /** Number of the message that comes next, 0 to 255. */
  readonly nextSeq: number;
  /** `null`: not born, or a message is missing that could have changed it. */
  readonly metrics: Catalogue | null;
  readonly devices: ReadonlyMap<string, Device>;
  /** True from a missing message to the next NBIRTH. */
  readonly isInDoubt: boolean;
  readonly early: readonly Early[];
  readonly rebirth: Rebirth;
}

interface Device {
  readonly metrics: Catalogue | null;
  /** When it counts as gone unless it was born again; `null`: it was. */
  readonly awaitedUntil: EpochMs | null;
}

interface Early {
  readonly message: Message;
  readonly arrivedAt: EpochMs;
}

/** What follows from a message, for the host to do in this order. `device: null` is the edge node itself. */
export type Effect =
  | {
      readonly kind: 'born';
      readonly device: string | null;
      readonly at: EpochMs;
      readonly read: Values;
      readonly metrics: Catalogue;
    }
  | { readonly kind: 'data'; readonly device: string | null; readonly read: Values }
  /** With `device: null` also each of its devices. */
  | { readonly kind: 'dead'; readonly device: string | null; readonly at: EpochMs }
  | { readonly kind: 'rebirth' }
  | { readonly kind: 'discard'; readonly reason: DiscardReason; readonly count: number };

/** A state and what follows from having come to it. */
export interface Step {
  readonly state: EdgeNode;
  readonly effects: readonly Effect[];
}

/** When it is, and how long a missing message may be late. */
export interface StepContext {
  readonly now: EpochMs;
  readonly reorderMs: number;
}

/** An edge node nobody has heard of yet. `rebirth: 'wanted'` asks it for its births at once. */
export function unknownNode(rebirth: 'wanted' | 'unwanted' = 'unwanted'): EdgeNode {
  return {
    session: 'unknown',
    wasHeard: false,
    bdSeq: null,
    nextSeq: 0,
    metrics: null,
    devices: new Map(),
    isInDoubt: false,
    early: [],
    rebirth: { ...NEVER_ASKED, isWanted: rebirth === 'wanted' },
  };
}

/** True while time alone can make something follow. */
export function isPending({ early, rebirth, devices }: EdgeNode): boolean {
  return (
    early.length > 0 || rebirth.isWanted || [...devices.values()].some(({ awaitedUntil }) => awaitedUntil !== null)
  );
}

/** Takes a message of the edge node. Pure; cheap but for births, which are as long as they are. */
export function receive(state: EdgeNode, message: Message, context: StepContext): Step {
  if (!isSensible(message)) return { state, effects: [{ kind: 'discard', reason: 'malformed', count: 1 }] };
  const heard = { ...state, wasHeard: true };
  return askIfDue(follow(heard, message, context), context);
}

/** Lets time pass: gives up what is missing, asks again, buries devices that were not born again. */
export function tick(state: EdgeNode, context: StepContext): Step {
  const { now, reorderMs } = context;
  const isOverdue = state.early.some(({ arrivedAt }) => now - arrivedAt >= reorderMs);
  const step = buryUnborn(isOverdue ? giveUp(state, context) : { state, effects: [] }, now);
  return askIfDue(buryUnheard(step, now), context);
}

/**
 * Whether it can be a message at all. A third of all random bytes are protobuf, and the empty payload is: each message
 * has a number and a time (tck-id-payloads-sequence-num-always-included), a death has the number of its session.
 */
function isSensible({ type, payload }: Message): boolean {
  if (type === 'NDEATH') return bdSeqOf(payload) !== null;
  const { seq, timestamp } = payload;
  return seq !== null && seq <= 255 && timestamp !== null && timestamp <= 8.64e15;
}

function follow(state: EdgeNode, message: Message, context: StepContext): Step {
  if (message.type === 'NBIRTH') return drain(beginSession(state, message.payload, context.now), context);
  if (message.type === 'NDEATH') return endSession(state, message.payload, context.now);
  // Without a birth there is no order to keep, and after a gap none before the next birth.
  if (state.session !== 'alive' || state.isInDoubt) return wanting(apply(state, message, context), context.now);
  if (message.payload.seq === state.nextSeq) return drain(apply(state, message, context), context);
  const early = [...state.early, { message, arrivedAt: context.now }];
  const holding = { ...state, early };
  return early.length > MAX_EARLY || context.reorderMs === 0
    ? giveUp(holding, context)
    : { state: holding, effects: [] };
}

function beginSession(state: EdgeNode, payload: Payload, now: EpochMs): Step {
  const metrics = catalogue(payload.metrics);
  const at = payload.timestamp ?? now; // sensible messages have one
  // What was sent before this birth has nothing to wait for; what was sent after it has only overtaken it.
  const isOld = ({ message }: Early) => (message.payload.timestamp ?? at) < at;
  const old = state.early.filter(isOld);
  const awaited = { metrics: null, awaitedUntil: now + DEVICE_BIRTH_MS };
  return {
    state: {
      ...state,
      session: 'alive',
      bdSeq: bdSeqOf(payload),
      nextSeq: ((payload.seq ?? 0) + 1) % 256,
      metrics,
      devices: new Map([...state.devices.keys()].map((device) => [device, awaited])),
      isInDoubt: false,
      early: state.early.filter((each) => !isOld(each)),
      rebirth: answered(state.rebirth, now),
    },
    effects: [
      ...old.map(({ message }) => salvage(message, 'sequence_gap')),
      { kind: 'born', device: null, at, read: read(payload, metrics, 'malformed'), metrics },
    ],
  };
}

function endSession(state: EdgeNode, payload: Payload, now: EpochMs): Step {
  const isAnother = state.session === 'alive' && state.bdSeq !== null && state.bdSeq !== bdSeqOf(payload);
  if (isAnother || state.session === 'dead') return { state, effects: [] };
  const rebirth = { ...state.rebirth, isWanted: false };
  return {
    state: { ...state, session: 'dead', metrics: null, devices: new Map(), isInDoubt: false, early: [], rebirth },
    effects: [
      ...state.early.map(({ message }) => salvage(message, 'sequence_gap')),
      // Its own time is that of the connect, when the broker was given it as will: ours counts.
      { kind: 'dead', device: null, at: now },
    ],
  };
}

/** A message in its order, or one of a node that has none. */
function apply(state: EdgeNode, message: Message, { now }: StepContext): Step {
  const { payload, device } = message;
  const next = { ...state, nextSeq: ((payload.seq ?? 0) + 1) % 256 };
  if (message.type === 'DBIRTH' && device !== null && state.session === 'alive') {
    const metrics = catalogue(payload.metrics);
    const trusted = state.isInDoubt ? null : metrics; // the next one could be missing too, and nobody would see it
    return {
      state: { ...next, devices: new Map(state.devices).set(device, { metrics: trusted, awaitedUntil: null }) },
      effects: [
        { kind: 'born', device, at: payload.timestamp ?? now, read: read(payload, metrics, 'malformed'), metrics },
      ],
    };
  }
  if (message.type === 'DDEATH') {
    const devices = new Map(state.devices);
    if (device !== null) devices.delete(device);
    return { state: { ...next, devices }, effects: [{ kind: 'dead', device, at: payload.timestamp ?? now }] };
  }
  const metrics = device === null ? state.metrics : (state.devices.get(device)?.metrics ?? null);
  const found = read(payload, metrics ?? EMPTY, state.isInDoubt ? 'sequence_gap' : 'no_birth');
  const step: Step = { state: next, effects: [{ kind: 'data', device, read: found }] };
  return metrics === null || found.isUndefined ? wanting(step, now) : step;
}

/** Takes what has waited as soon as it follows. */
function drain(step: Step, context: StepContext): Step {
  const { state } = step;
  const next = state.early.find(({ message }) => message.payload.seq === state.nextSeq);
  if (next === undefined) return step;
  const early = state.early.filter((each) => each !== next);
  const applied = apply({ ...state, early }, next.message, context);
  return drain({ state: applied.state, effects: [...step.effects, ...applied.effects] }, context);
}

/**
 * A message is missing. It may have been a birth, so from here on an alias could mean something else: what still is
 * certain is a metric that brings name and datatype itself.
 */
function giveUp(state: EdgeNode, context: StepContext): Step {
  const distance = ({ message }: Early) => ((message.payload.seq ?? 0) - state.nextSeq + 256) % 256;
  const inOrder = state.early.toSorted((a, b) => distance(a) - distance(b));
  const devices = new Map([...state.devices].map(([id, device]) => [id, { ...device, metrics: null }]));
  let step: Step = { state: { ...state, early: [], isInDoubt: true, metrics: null, devices }, effects: [] };
  for (const { message } of inOrder) {
    const applied = apply(step.state, message, context);
    step = { state: applied.state, effects: [...step.effects, ...applied.effects] };
  }
  return wanting(step, context.now);
}

function salvage({ device, payload }: Message, reason: DiscardReason): Effect {
  return { kind: 'data', device, read: read(payload, EMPTY, reason) };
}

function read({ metrics, timestamp }: Payload, catalogue: Catalogue, whenUndefined: DiscardReason): Values {
  return flatten(metrics, { catalogue, timestamp, whenUndefined });
}

function wanting({ state, effects }: Step, now: EpochMs): Step {
  return { state: { ...state, rebirth: want(state.rebirth, now) }, effects };
}

function askIfDue(step: Step, { now }: StepContext): Step {
  const { rebirth } = step.state;
  if (!isDue(rebirth, now)) return step;
  return {
    state: { ...step.state, rebirth: asked(rebirth, now) },
    effects: [...step.effects, { kind: 'rebirth' }],
  };
}

function buryUnborn({ state, effects }: Step, now: EpochMs): Step {
  const unborn = [...state.devices].filter(([, { awaitedUntil }]) => awaitedUntil !== null && awaitedUntil <= now);
  if (unborn.length === 0) return { state, effects };
  const devices = new Map(state.devices);
  for (const [device] of unborn) devices.delete(device);
  return {
    state: { ...state, devices },
    effects: [...effects, ...unborn.map(([device]): Effect => ({ kind: 'dead', device, at: now }))],
  };
}

/** It may have died while nobody listened: what was last heard of it must not stay good for ever. */
function buryUnheard({ state, effects }: Step, now: EpochMs): Step {
  const isUnheard = state.session === 'unknown' && !state.wasHeard && state.rebirth.attempts >= UNANSWERED;
  if (!isUnheard || now < state.rebirth.notBefore) return { state, effects };
  return { state: { ...state, session: 'dead' }, effects: [...effects, { kind: 'dead', device: null, at: now }] };
}

function bdSeqOf({ metrics }: Payload): number | null {
  const value = metrics.find(({ name }) => name === 'bdSeq')?.value;
  return value?.kind === 'int' || value?.kind === 'long' ? Number(value.value) : null;
}

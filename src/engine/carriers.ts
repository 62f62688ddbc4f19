import type { AlertMemory } from '../../rules/alert-state.ts';
import type { Verdict } from '../../rules/detector.ts';
import type { Condition } from '../../rules/expression.ts';
import { UNKNOWN } from '../../rules/verdict.ts';
import type { Signal } from '../../rules/window/signal.ts';
import type { Contribution, Finding } from '../model/alert.ts';
import type { SourceLinkEvent } from '../model/log-record.ts';
import type { Tag } from '../model/plant.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';
import type { Cell } from './cells.ts';
import { COMMUNICATIONS_RULE, type LinkWatch, type Watch } from './compile.ts';
import type { DerivedState } from './derivations.ts';
import type { HoldBack } from './hold-back.ts';
import type { Join } from './join.ts';
import { noteAway, returnVerdict } from './silence.ts';

/** What goes on in one tag: its newest reading and who watches it. */
export interface TagState {
  readonly name: string;
  lastAt: EpochMs;
  /** NaN unless the newest reading is good. */
  value: number;
  /** Device time minus arrival time of the newest reading: delays run in the device's time. */
  skewMs: number;
  /** Where its readings wait; `null` when its source is never late. */
  readonly holdBack: HoldBack | null;
  /** Those that judge it alone. */
  readonly watchers: WatchState[];
  /** Those that judge it together with others, and which of their inputs it is. */
  readonly joins: { readonly state: WatchState; readonly input: number }[];
  /** The derived tags that are computed from it, and which of their inputs it is; `null` where there are none. */
  derives: { readonly state: DerivedState; readonly input: number }[] | null;
  /** Those that read it. */
  readonly conditions: ConditionState[];
  /** The link of its source, where silence on it may be the source's. */
  link: LinkState | null;
  /** What conditions ask about it besides its newest value; `null` where none does. */
  signal: Signal | null;
  readonly cell: Cell;
}

/** An operating state that watches ask for: evaluated once for all of them, and again only when a value it reads changed. */
export interface ConditionState {
  readonly condition: Condition;
  /** It looks through windows or at times: its answer changes also where no value did. */
  readonly isTimed: boolean;
  /** `null`: unknown. */
  holds: boolean | null;
  isStale: boolean;
}

/** Anything that can carry an alert. */
export interface AlertCarrier {
  memory: AlertMemory;
  alert: string | null;
}

/** Somebody said that a rule is to learn anew. */
export interface LearntAnew {
  readonly at: EpochMs;
  readonly by: string;
  readonly note: string | null;
}

/** A watch, with its state. */
export interface WatchState extends AlertCarrier {
  readonly watch: Watch;
  /** Its place in the plan. */
  readonly index: number;
  /** In which time its detector judges; here, as it is asked for at every reading. */
  readonly time: 'event' | 'arrival';
  /** As in `watch`: that would be one more object to fetch from memory for each rule of each reading, a third of all the time. */
  readonly method: Watch['detector'];
  readonly config: Watch['config'];
  readonly subject: Watch['subject'];
  /** As `watch.tags`. */
  readonly tags: readonly TagState[];
  /** `null` on a watch that judges one tag alone. */
  readonly join: Join | null;
  readonly condition: ConditionState | null;
  /** What an expression rule watches for. */
  readonly alarm: ConditionState | null;
  readonly cell: Cell;
  /** Of a watch on a machine: those on the instruments that it reads. */
  readonly instruments: WatchState[];
  /** Of a watch on an instrument: those on machines that hang on it. */
  readonly dependants: WatchState[];
  detector: unknown;
  /** The detector's state is as `init` made it. */
  isFresh: boolean;
  /** The tag that the present alert is filed under when it is not `watch.tag`. */
  about: Tag | null;
  /** Why the rule was switched off. */
  parked: string | null;
  /** Who said when that it is to learn anew, and why; `null`: nobody did. */
  anew: LearntAnew | null;
}

/** The link of one source, with its state. */
export interface LinkState extends AlertCarrier {
  readonly watch: LinkWatch;
  isUp: boolean;
  /** When any of its tags last had a reading that is not bad; time in which the service was away does not count. */
  heardAt: EpochMs | null;
  /** The newest that came with a time too old to be judged: when, and how old it was. Earlier versions kept none. */
  late?: { readonly at: EpochMs; readonly byMs: number };
  /** The link is up, and nothing comes. */
  isSilent: boolean;
  /** Since when nothing came, while it is away and until it is away again. */
  awaySince: EpochMs | null;
  /** How many tags lie behind it, and how many of them ever had a reading. */
  tagCount: number;
  heardCount: number;
}

/** What to add to our time to get the time in which an alert's delays run. */
export function skewOf(carrier: WatchState | LinkState): number {
  if ('isUp' in carrier || carrier.watch.detector.time === 'arrival') return 0;
  return carrier.tags.reduce((newest, tag) => (tag.lastAt > newest.lastAt ? tag : newest)).skewMs;
}

/** What the state of a link says. */
export function linkVerdict(state: LinkState, { link, reason, at }: SourceLinkEvent): Verdict {
  if (link === 'starting') return UNKNOWN; // the service was away, not the source: nothing is known yet
  // A source that was silent must be heard first.
  if (link === 'up') return state.isSilent ? UNKNOWN : returnVerdict(state, at, 'reachable');
  noteAway(state, at);
  const { source, policy } = state.watch;
  const seconds = Math.round(policy.onDelayMs / 1_000);
  const why = reason === undefined ? '' : `: ${reason}`;
  return {
    state: 'abnormal',
    score: 1,
    finding: {
      value: seconds,
      limit: seconds,
      explanation: `${source.id} (${source.kind}) has been unreachable for more than ${seconds} s${why}`,
    },
  };
}

/** What a transition says about the thing that carries the alert. */
export function describe(
  carrier: WatchState | LinkState,
): Pick<Transition, 'rule' | 'kind' | 'tag' | 'asset' | 'source' | 'priority' | 'workOrder'> {
  if ('isUp' in carrier) {
    const { id, priority } = carrier.watch.source;
    return {
      rule: COMMUNICATIONS_RULE,
      kind: 'communications',
      tag: null,
      asset: null,
      source: id,
      priority,
      workOrder: null,
    };
  }
  const { rule, kind, priority, workOrder } = carrier.watch;
  const tag = carrier.about ?? carrier.watch.tag;
  return { rule, kind, tag: tag.name, asset: tag.asset, source: tag.source, priority, workOrder };
}

/** Files the alert that is being raised under the tag with the largest part in it, where the detector wants that. */
export function fileAlert(carrier: WatchState | LinkState, finding: Finding | null): void {
  if ('isUp' in carrier || carrier.watch.detector.filedUnder !== 'largest part') return;
  const { contributions = [] } = finding ?? {};
  const largest = contributions.reduce<Contribution | null>(
    (most, each) => (most === null || each.share > most.share ? each : most),
    null,
  );
  carrier.about = carrier.watch.tags.find(({ name }) => name === largest?.tag) ?? null;
}

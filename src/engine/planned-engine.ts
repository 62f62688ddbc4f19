import { RuleError } from '../model/errors.ts';
import type { JudgedPlant, PlanInForce } from '../model/judged-plant.ts';
import type { PlacedRecord, PlanEvent } from '../model/log-record.ts';
import type { Transition } from '../model/transition.ts';
import { compilePlan, type EnginePlan, type Registry } from './compile.ts';
import { Engine, type Evaluation, type Parked } from './engine.ts';
import { withoutForgotten } from './forget.ts';
import type { Review } from './late-readings.ts';
import { type Learner, learnersOf, untaughtOf, withoutTaught } from './lessons/lessons.ts';
import { type OverrunRule, withOverruns } from './overruns.ts';
import { type EngineSnapshot, NOTHING_KNOWN } from './snapshot.ts';
import type { RunningWatch } from './watchdog.ts';

/** What an engine is made of that follows its plan through the log. */
export interface PlannedEngineOptions {
  /** The plan it begins with: at the first record that it is given. */
  readonly plan: PlanInForce;
  readonly registry: Registry;
  readonly logId: string;
  readonly running?: RunningWatch;
  /** Rules that were switched off from outside in what lies before `until` in the log. */
  readonly overruns?: { readonly rules: readonly OverrunRule[]; readonly until: number };
  /** Called with each plan it begins to follow, the first among them. */
  readonly onPlan?: (plan: EnginePlan, version: string) => void;
}

/**
 * The engine, and the plan it judges by. A new plan is a record of the log: whoever evaluates the log again changes from one
 * to the other at the same place. What an unchanged rule knows goes on; an alert whose rule was changed or removed is closed,
 * with why, by that record.
 */
export class PlannedEngine {
  readonly #options: PlannedEngineOptions;
  #inForce: PlanInForce;
  #plan: EnginePlan;
  #engine: Engine;
  #letGo: ReadonlyMap<string, string> = new Map();
  #untaught: readonly Learner[];

  /** Throws `rule_failed` when the first plan has a rule that this program does not know. */
  constructor(options: PlannedEngineOptions) {
    const { plan, registry, logId, running, onPlan } = options;
    this.#options = options;
    this.#inForce = plan;
    this.#plan = compilePlan(plan.plant, registry);
    this.#engine = new Engine(this.#plan, logId, running);
    this.#untaught = learnersOf(this.#plan);
    onPlan?.(this.#plan, plan.version);
  }

  get inForce(): PlanInForce {
    return this.#inForce;
  }

  get late(): number {
    return this.#engine.late;
  }

  get review(): Review | null {
    return this.#engine.lateReadings.review;
  }

  /** Rules that learn, and that history has taught nothing yet. */
  get untaught(): readonly Learner[] {
    return this.#untaught;
  }

  get parked(): readonly Parked[] {
    return this.#engine.parked;
  }

  get open(): readonly Transition[] {
    return this.#engine.open;
  }

  get openAlerts(): ReadonlySet<string> {
    return this.#engine.openAlerts;
  }

  /** Open alerts of the snapshot restored that the first plan has no rule for, with why. */
  get letGo(): ReadonlyMap<string, string> {
    return this.#letGo;
  }

  /** Evaluates the next record: see `Engine.apply`. */
  apply(placed: PlacedRecord, names: ReadonlyMap<number, string>): Evaluation {
    const evaluation = this.#engine.apply(placed, names);
    const { record, end } = placed;
    if (record.kind !== 'event') return evaluation;
    if (record.event.kind === 'learnt') this.#untaught = withoutTaught(this.#untaught, record.event);
    if (record.event.kind === 'forget') this.#untaught = withoutForgotten(this.#untaught, record.event);
    if (record.event.kind !== 'plan') return evaluation;
    return { ...evaluation, transitions: [...evaluation.transitions, ...this.#follow(record.event, end)] };
  }

  snapshot(): EngineSnapshot {
    return this.#with(this.#engine.snapshot());
  }

  changes(): EngineSnapshot {
    return this.#with(this.#engine.changes());
  }

  /** Takes up what an engine with this plan knew, or with another one: then changed rules start afresh. */
  restore(snapshot: EngineSnapshot | null): void {
    const rules = this.#options.overruns?.rules ?? [];
    if (snapshot !== null || rules.length > 0)
      this.#engine.restore(withOverruns(snapshot ?? NOTHING_KNOWN, this.#plan, rules));
    this.#letGo = this.#engine.letGo;
    if (snapshot !== null) this.#untaught = untaughtOf(this.#plan, snapshot);
  }

  #with(snapshot: EngineSnapshot): EngineSnapshot {
    const untaught = this.#untaught.map(({ key }) => key);
    return untaught.length === 0 ? snapshot : { ...snapshot, untaught };
  }

  /** Gives the ends of alerts that nobody watches any more. */
  #follow({ version, plant, at }: PlanEvent, position: number): Transition[] {
    if (version === this.#inForce.version) return [];
    const { registry, logId, running, onPlan, overruns } = this.#options;
    const plan = compiled(plant, registry);
    if (plan === null) return []; // the service will say by which plan to go on
    const next = new Engine(plan, logId, running);
    // Those of a rule that was the same before are off already, and their alerts may have moved since.
    const unknown = (overruns?.rules ?? []).filter((overrun) => !isPlanned(this.#plan, overrun));
    const rules = overruns && position <= overruns.until ? unknown : [];
    const known = this.snapshot();
    next.restore(withOverruns(known, plan, rules));
    this.#untaught = untaughtOf(plan, known);
    next.late += this.#engine.late;
    const stillOpen = next.openAlerts;
    const gone = this.#engine.open.filter(({ alert }) => !stillOpen.has(alert));
    this.#inForce = { version, plant };
    this.#plan = plan;
    this.#engine = next;
    onPlan?.(plan, version);
    return gone.map((opening) => ({
      ...opening,
      effect: 'cleared',
      state: 'normal',
      at: Math.max(at, opening.at),
      note: next.letGo.get(opening.alert) ?? `${opening.source ?? 'its source'} was changed or removed`,
      position,
    }));
  }
}

/** `null`: it is of an earlier version of the program, and has what this one does not know any more. */
export function compiled(plant: JudgedPlant, registry: Registry): EnginePlan | null {
  try {
    return compilePlan(plant, registry);
  } catch (error) {
    if (error instanceof RuleError) return null;
    throw error;
  }
}

function isPlanned({ watches }: EnginePlan, { rule, fingerprint }: OverrunRule): boolean {
  return watches.some((watch) => watch.rule === rule && watch.fingerprint === fingerprint);
}

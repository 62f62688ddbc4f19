import { setImmediate as nextTurn } from 'node:timers/promises';
import { drawDetector } from '../../rules/picture.ts';
import type { ForgetCommand } from '../model/log-record.ts';
import type { Plant } from '../model/plant.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Session } from '../store/database.ts';
import { readCellsWith } from '../store/engine-cells.ts';
import { listForgetCommands } from '../store/forget-commands.ts';
import { type Watch, watchesByRule } from './compile.ts';
import { watchesIn } from './watch-in-cell.ts';

/** Tags on which rules were told to learn anew and have not learnt yet, with since when: `<rule>|<tag>`. */
export type LearningRules = ReadonlyMap<string, EpochMs>;

/** Longer ago than history goes that a rule learns from. */
const LOOK_BACK_MS = 90 * 86_400_000;
const MOST_COMMANDS = 200;
/** So many take a few milliseconds; then others get their turn. */
const RULES_IN_A_TURN = 50;
/** With more keys than this the database is asked for all cells of their assets: it looks for each key in each of them. */
const MOST_KEYS = 20;
/** The engine has evaluated a command once the log was evaluated so far beyond it: clocks of records that come together differ. */
const EVALUATED_MS = 10_000;

/** A rule on its tags that was told to learn anew. */
interface Told {
  readonly watch: Watch;
  readonly since: EpochMs;
}

/** What is known of one plant. */
interface Known {
  readonly plant: Plant;
  readonly watchesOf: (rule: string) => readonly Watch[];
  /** Commands of which all watches are known, by their ids. */
  readonly seen: Set<string>;
  /** By the key of the watch, with the newest time; without those that have learnt. */
  readonly told: Map<string, Told>;
}

/** Finds rules that still learn. What it has seen to know its machine again it does not look at again. */
export class LearningWatch {
  /** By watch and the time it was told. */
  readonly #learnt = new Set<string>();
  #known: Known | null = null;

  async find(session: Session, plant: Plant, at: EpochMs): Promise<LearningRules> {
    if (this.#known?.plant !== plant)
      this.#known = { plant, watchesOf: watchesByRule(plant), seen: new Set(), told: new Map() };
    const known = this.#known;
    const commands = await listForgetCommands(session, { from: at - LOOK_BACK_MS, to: at + 1, limit: MOST_COMMANDS });
    for (const command of commands) if (!known.seen.has(command.commandId)) await this.#note(command, known);
    const told = [...known.told].filter(([, { since }]) => since >= at - LOOK_BACK_MS);
    return told.length === 0 ? NOBODY : await this.#amongThese(session, told, known);
  }

  /** Others may ask meanwhile, and note the same: it comes out the same. */
  async #note({ commandId, at: since, of }: ForgetCommand, { watchesOf, told, seen }: Known): Promise<void> {
    for (const [i, { rule, tag, from }] of of.entries()) {
      if (from !== null) continue;
      if (i % RULES_IN_A_TURN === RULES_IN_A_TURN - 1) await nextTurn();
      for (const watch of watchesOf(rule)) {
        if (tag !== null && !watch.tags.some(({ name }) => name === tag)) continue;
        const before = told.get(watch.key);
        if (before !== undefined && before.since >= since) continue;
        if (this.#learnt.has(`${watch.key}|${since}`)) told.delete(watch.key);
        else told.set(watch.key, { watch, since });
      }
    }
    seen.add(commandId);
  }

  async #amongThese(
    session: Session,
    told: readonly (readonly [string, Told])[],
    known: Known,
  ): Promise<LearningRules> {
    const byKey = new Map(told);
    const { cells, knownTo } = await readCellsWith(session, {
      assets: [...new Set(told.map(([, { watch }]) => watch.tag.asset))],
      texts: told.length > MOST_KEYS ? [ANY_KEY] : told.map(([key]) => JSON.stringify(key)),
    });
    const learning = new Map<string, EpochMs>();
    let looked = 0;
    for (const saved of watchesIn(cells, new Set(byKey.keys()))) {
      if (++looked % RULES_IN_A_TURN === 0) await nextTurn();
      const { watch, since } = byKey.get(saved.key)!; // only these are found
      if (saved.fingerprint !== watch.fingerprint) continue;
      // The engine saves what it knows every few seconds. A rule that was changed since has begun anew, and nobody has told it.
      const isObeyed = saved.anew ? saved.anew.at === since : knownTo !== null && knownTo > since + EVALUATED_MS;
      if (!isObeyed || isLearning(watch, saved.detector))
        for (const { name } of watch.tags) learning.set(`${watch.rule}|${name}`, since);
      else {
        this.#learnt.add(`${saved.key}|${since}`);
        if (known.told.get(saved.key)?.since === since) known.told.delete(saved.key);
      }
    }
    return learning;
  }
}

function isLearning({ detector, config, subject, tags }: Watch, state: unknown): boolean {
  const inputs = tags.map(({ name, unit }) => ({ tag: name, unit: unit ?? '' }));
  return tags.some((_, input) => {
    const picture = drawDetector(detector.kind, { config, state, subject: { ...subject, inputs }, input });
    return picture.state === 'learning';
  });
}

/** Stands in each cell that has a rule. */
const ANY_KEY = '{"key":';
const NOBODY: LearningRules = new Map();

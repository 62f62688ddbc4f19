import { drawDetector } from '../../rules/picture.ts';
import type { Plant } from '../model/plant.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Session } from '../store/database.ts';
import { readCellsWith } from '../store/engine-cells.ts';
import { listForgetCommands } from '../store/forget-commands.ts';
import { compileWatchesOf, type Watch } from './compile.ts';
import { watchIn } from './watch-in-cell.ts';

/** Tags on which rules were told to learn anew and have not learnt yet, with since when: `<rule>|<tag>`. */
export type LearningRules = ReadonlyMap<string, EpochMs>;

/** Longer ago than history goes that a rule learns from. */
const LOOK_BACK_MS = 90 * 86_400_000;
const MOST_COMMANDS = 200;

/** Finds rules that still learn. What it has seen to know its machine again it does not look at again. */
export class LearningWatch {
  readonly #learnt = new Set<string>();

  async find(session: Session, plant: Plant, at: EpochMs): Promise<LearningRules> {
    const commands = await listForgetCommands(session, { from: at - LOOK_BACK_MS, to: at + 1, limit: MOST_COMMANDS });
    const rules = new Map(plant.rules.map((rule) => [rule.id, rule]));
    const wanted = new Map<string, { readonly watch: Watch; readonly since: EpochMs }>();
    for (const { at: since, of } of commands) {
      for (const { rule, tag, from } of of) {
        if (from !== null) continue;
        const on = (rules.get(rule)?.on ?? []).filter((each) => tag === null || tag === each);
        const watches = on.flatMap((each) => compileWatchesOf(each, plant)).filter((watch) => watch.rule === rule);
        for (const watch of watches)
          if (!this.#learnt.has(`${watch.key}|${since}`)) wanted.set(watch.key, { watch, since });
          else wanted.delete(watch.key);
      }
    }
    if (wanted.size === 0) return NOBODY;
    const { cells } = await readCellsWith(session, {
      assets: [...new Set([...wanted.values()].map(({ watch }) => watch.tag.asset))],
      texts: [...wanted.keys()].map((key) => JSON.stringify(key)),
    });
    const learning = new Map<string, EpochMs>();
    for (const [key, { watch, since }] of wanted) {
      const saved = watchIn(cells, key);
      if (saved?.fingerprint !== watch.fingerprint) continue;
      const isObeyed = saved.anew?.at === since; // the engine saves what it knows every few seconds
      if (isObeyed && !isLearning(watch, saved.detector)) this.#learnt.add(`${key}|${since}`);
      else for (const { name } of watch.tags) learning.set(`${watch.rule}|${name}`, since);
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

const NOBODY: LearningRules = new Map();

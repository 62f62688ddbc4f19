import { expect, it } from 'vitest';
import { compilePlan } from '../../src/engine/compile.ts';
import { Engine } from '../../src/engine/engine.ts';
import { LearningWatch } from '../../src/engine/learning-rules.ts';
import { place, readings, ruleOf, T0, tagOf } from '../../src/engine/testbench.ts';
import type { ForgetCommand, LogRecord } from '../../src/model/log-record.ts';
import type { Plant, Rule } from '../../src/model/plant.ts';
import type { Database } from '../../src/store/database.ts';
import { storeCheckpoint } from '../../src/store/engine-checkpoints.ts';
import { storeForgetCommands } from '../../src/store/forget-commands.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createDatabase } from '../kit/database.ts';
import { withDatabase } from '../kit/history.ts';

const COUNT = 60;
const CHART = { lambda: 0.2, sigmas: 6, minSigma: 0.1 };
const NAMES = new Map(Array.from({ length: COUNT }, (_, i) => [i, `a.t${i}`]));
const TOLD_AT = T0 + 1_000;
const LATER = T0 + 100_000;

function rules(learn: number): Rule[] {
  return [...NAMES.values()].map((tag, i) =>
    ruleOf({ id: `r${i}`, on: [tag], detect: 'ewma', with: { ...CHART, learn } }),
  );
}

/** `touched`: how often its rules or tags were gone through. */
function plantOf(its: readonly Rule[]): { readonly plant: Plant; readonly touched: () => number } {
  let count = 0;
  const tags = [...NAMES.values()].map((name) => tagOf(name));
  const parts = { name: 'p', timezone: 'UTC', sources: [], assets: [{ id: 'a', parent: null }] };
  const counted = {
    ...parts,
    get rules() {
      count++;
      return its;
    },
    get tags() {
      count++;
      return tags;
    },
  };
  // Only what rules are compiled from is looked at.
  return { plant: counted as unknown as Plant, touched: () => count };
}

const command: ForgetCommand = {
  ...{ kind: 'forget', commandId: '00000000-0000-4000-8000-000000000001', at: TOLD_AT, by: 'Kim' },
  of: [...NAMES.keys()].map((i) => ({ rule: `r${i}`, tag: null, from: null })),
};

/** Saves what an engine knows that was told, or not, and has read so many readings of each tag since. */
async function save(
  database: Database,
  { plant, told, count }: { readonly plant: Plant; readonly told: boolean; readonly count: number },
): Promise<void> {
  const engine = new Engine(compilePlan(plant), 'log');
  const after = Array.from({ length: count }, (_, i) => {
    const at = TOLD_AT + 1_000 * (i + 1);
    return readings(at, ...[...NAMES.keys()].map((tag) => [tag, at, 10 + (i % 3) * 0.1] as const));
  });
  const first: LogRecord[] = told ? [{ kind: 'event', event: command }] : [];
  for (const placed of place([...first, ...after])) engine.apply(placed, NAMES);
  const { cells, ...state } = engine.snapshot();
  const stored = cells.map((cell) => ({ asset: cell.asset, part: cell.part, state: JSON.stringify(cell) }));
  const where = { logId: 'log', position: 1, at: LATER, replaces: 'everything' } as const;
  await storeCheckpoint(database, { ...where, state, cells: [stored] });
}

async function withStore(work: (database: Database) => Promise<void>): Promise<void> {
  const url = await createDatabase();
  await migrate(url);
  await withDatabase(url, work);
}

it('rules that were told to learn anew are looked at once for each plant, and not again once they have learnt', async () => {
  await withStore(async (database) => {
    await storeForgetCommands(database, [command]);
    const { plant, touched } = plantOf(rules(20));
    await save(database, { plant, told: true, count: 5 });
    const watch = new LearningWatch();
    const before = touched();
    expect((await watch.find(database, plant, LATER)).size).toBe(COUNT);
    await save(database, { plant: plantOf(rules(20)).plant, told: true, count: 40 });
    expect((await watch.find(database, plant, LATER)).size).toBe(0);
    expect((await watch.find(database, plant, LATER)).size).toBe(0);
    expect(touched() - before).toBeLessThan(5);
  });
});

it('a rule that was changed after it was told to learn anew learns no longer than its picture says', async () => {
  await withStore(async (database) => {
    await storeForgetCommands(database, [command]);
    const { plant } = plantOf(rules(10));
    await save(database, { plant, told: false, count: 5 });
    const watch = new LearningWatch();
    expect((await watch.find(database, plant, LATER)).size).toBe(COUNT);
    await save(database, { plant, told: false, count: 40 });
    expect((await watch.find(database, plant, LATER)).size).toBe(0);
  });
});

it('a rule that has not taken note yet of what it was told is learning, whatever its picture says', async () => {
  await withStore(async (database) => {
    await storeForgetCommands(database, [{ ...command, at: LATER - 1_000 }]);
    const { plant } = plantOf(rules(10));
    await save(database, { plant, told: false, count: 40 });
    expect((await new LearningWatch().find(database, plant, LATER)).size).toBe(COUNT);
  });
});

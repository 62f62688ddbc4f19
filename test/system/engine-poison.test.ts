import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listAlerts } from '../../src/store/alerts.ts';
import { createEngineBed, type EngineBed, plantWith, type StartedEngine } from '../kit/engine.ts';
import { waitFor } from '../kit/wait.ts';

const detectors = new URL('../kit/poison-detectors.ts', import.meta.url).href;
const healthy = { id: 'high', on: ['pump.vibration'], detect: 'limit', with: { high: 4.5, deadband: 0 } };
const POISONS = ['throws', 'nonsense', 'loops', 'backtracks', 'hoards', 'slow'];
const plantOf = (settings = {}) =>
  plantWith([...POISONS.map((kind) => ({ id: kind, on: [`fan.${kind}`], detect: kind, with: settings })), healthy]);

let bed: EngineBed;
let engine: StartedEngine | null = null;

beforeEach(async () => {
  bed = await createEngineBed();
});
afterEach(async () => {
  await engine?.stop();
  engine = null;
  await bed[Symbol.asyncDispose]();
});

const lagBytes = async () => (await engine!.metrics.engineLagBytes.get()).values[0]!.value;
const parked = async () => (await engine!.metrics.engineParked.get()).values[0]!.value;
const open = () => listAlerts(bed.database, { state: 'active', limit: 10 });

async function evaluates(): Promise<void> {
  await bed.read({ 'pump.vibration': 1 });
  await waitFor('the engine', async () => (await lagBytes()) === 0);
}

async function raises(): Promise<void> {
  await bed.read({ 'pump.vibration': 9 });
  await waitFor('the healthy rule to raise', async () =>
    (await open()).some(({ state }) => state === 'unacknowledged'),
  );
}

describe('a rule', () => {
  it('that throws, loops, backtracks, hoards, dawdles or talks nonsense is switched off until it is changed', async () => {
    engine = await bed.start(plantOf(), detectors);
    await evaluates();
    for (const [i, poison] of POISONS.entries()) {
      for (let n = 0; n < (poison === 'slow' ? 60 : 1); n++) await bed.read({ [`fan.${poison}`]: 101 + n });
      if (poison === 'loops') expect(await lagBytes(), 'bytes behind while it says nothing').toBeGreaterThan(0);
      await waitFor(`${poison} to be switched off`, async () => (await parked()) === i + 1);
      await raises();
      await bed.read({ 'pump.vibration': 1 });
      await waitFor('it to return', async () => (await open()).some(({ state }) => state === 'returned'));
    }
    await engine.stop();

    engine = await bed.start(plantOf(), detectors);
    await waitFor('the rules to be known as switched off', async () => (await parked()) === POISONS.length);
    await engine.stop();

    engine = await bed.start(plantOf({ changed: true }), detectors);
    await evaluates();
    await waitFor('the changed rules to run again', async () => (await parked()) === 0);
  });

  it('that is ended with its thread leaves its alerts as they were told, to be acknowledged', async () => {
    engine = await bed.start(plantWith([{ id: 'loops', on: ['fan.loops'], detect: 'loops' }, healthy]), detectors);
    await evaluates();
    await bed.read({ 'fan.loops': 60 });
    await waitFor('the alert', async () => (await open()).length === 1);
    const [before] = await open();
    await bed.read({ 'fan.loops': 101 });
    await waitFor('the rule to be switched off', async () => (await parked()) === 1);
    await raises(); // what is committed after what the start has put right
    expect((await open()).find(({ rule }) => rule === 'loops')).toEqual(before);

    expect(await engine.host.command({ kind: 'acknowledge', alert: before!.id, by: 'Kim' })).toBe('done');
    const events = await bed.database.query('select effect from alert_event where alert_id = $1 order by id', [
      before!.id,
    ]);
    expect(events.rows).toEqual([{ effect: 'raised' }, { effect: 'acknowledged' }]);
  });

  it('leaves no alert behind without a rule: it is closed, and says why', async () => {
    engine = await bed.start(plantWith([healthy, { ...healthy, id: 'too' }]));
    await evaluates();
    await raises();
    await waitFor('both alerts', async () => (await open()).length === 2);
    await engine.stop();

    engine = await bed.start(plantWith([{ ...healthy, with: { high: 4, deadband: 0 } }]));
    await waitFor('the alerts to be closed', async () => (await open()).length === 0);
    const { rows } = await bed.database.query<{ rule: string; note: string }>(
      `select a.rule, e.note from alert_event e join alert a on a.id = e.alert_id where e.effect = 'cleared' order by a.rule`,
    );
    expect(rows).toEqual([
      { rule: 'high', note: 'the rule high was changed' },
      { rule: 'too', note: 'the rule too was removed' },
    ]);
  });

  it('goes on where it stood when its rule was not changed', async () => {
    engine = await bed.start(plantWith([healthy]));
    await evaluates();
    await raises();
    const [before] = await open();
    await engine.stop();
    const more = { ...healthy, id: 'new' };
    engine = await bed.start(plantWith([more, healthy]));
    await bed.read({ 'pump.vibration': 1 });
    await waitFor('it to return', async () => (await open()).some(({ state }) => state === 'returned'));
    expect((await open()).map(({ id }) => id)).toEqual([before!.id]);
  });
});

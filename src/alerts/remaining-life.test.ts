import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../model/alert.ts';
import type { Transition } from '../model/transition.ts';
import { advance } from './advance.ts';
import { AlertJournal } from './journal.ts';
import { transitionMessage } from './message.ts';

const T0 = Date.UTC(2026, 10, 21, 10);
const raised: Transition = {
  alert: '00000000-0000-8000-a000-000000000001',
  rule: 'wear',
  kind: 'machine',
  tag: 'pump.wear',
  asset: 'pump',
  source: 'push',
  priority: 'medium',
  workOrder: null,
  effect: 'raised',
  state: 'unacknowledged',
  at: T0,
  raisedAt: T0,
  level: 'H',
  finding: { value: 3, limit: 7.1, explanation: 'wear' },
  rul: { at: T0, p10: 216, p50: 290, p90: 390 },
  by: null,
  note: null,
  position: 10,
};
const sooner: Transition = {
  ...raised,
  effect: 'changed',
  at: T0 + 60_000,
  rul: { at: T0 + 60_000, p10: 90, p50: 120, p90: 170 },
  position: 11,
};
const bodyOf = (transition: Transition, alert: Alert) =>
  JSON.parse(transitionMessage(transition, alert, { workOrder: null, plant: 'test', timezone: 'UTC', at: T0 }).body);

describe('the remaining life of an alert', () => {
  it('is that of the newest finding', () => {
    const alert = advance(advance(null, raised), sooner);
    expect(alert.rul).toEqual(sooner.rul);
    const closed = advance(alert, { ...sooner, effect: 'cleared', state: 'normal', finding: null, rul: undefined });
    expect(closed.rul).toEqual(sooner.rul); // as its finding: nobody judged anew
    expect(advance(alert, { ...sooner, rul: undefined }).rul).toBeUndefined();
  });

  it('is in the message, and nothing is where the detector does not say', () => {
    expect(bodyOf(raised, advance(null, raised)).data.alert.rul).toEqual({
      at: '2026-11-21T10:00:00.000Z',
      p10: 216,
      p50: 290,
      p90: 390,
    });
    const silent = { ...raised, rul: undefined };
    expect(bodyOf(silent, advance(null, silent)).data.alert).not.toHaveProperty('rul');
  });

  it('comes back from the journal after a restart, and makes the same messages', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'millwright-rul-'));
    const path = join(directory, 'alerts.journal');
    const { journal } = await AlertJournal.open(path);
    const entry = { logId: 'log', position: 11, at: T0, transitions: [raised, sooner] };
    await journal.append({ kind: 'entry', entry });
    await journal.close();
    const { journal: reopened, content } = await AlertJournal.open(path);
    await reopened.close();
    await rm(directory, { recursive: true });
    const [first, second] = content.entries[0]!.transitions;
    expect([first, second]).toEqual([raised, sooner]);
    const replayed = advance(advance(null, first!), second!);
    expect(bodyOf(second!, replayed)).toEqual(bodyOf(sooner, advance(advance(null, raised), sooner)));
  });
});

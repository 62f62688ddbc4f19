import { describe, expect, it } from 'vitest';
import type { Alert } from '../model/alert.ts';
import type { WorkOrderPolicy } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import { NOT_BEGUN, type WorkOrder } from '../model/work-order.ts';
import { describeJob } from './describe-job.ts';
import { followAlert } from './follow-alert.ts';

const AT = Date.UTC(2026, 10, 22, 17, 30);
const HOUR_MS = 3_600_000;
const policy: WorkOrderPolicy = {
  failureMode: 'VIB',
  jobs: {
    imbalance: { title: 'balance the rotor', failureMode: 'VIB', steps: ['Clean it.'] },
    'bearing-outer': { title: 'change the bearing', failureMode: 'BRD', steps: ['Lock it out.'] },
  },
};
const raised: Transition = {
  ...{ alert: 'a', rule: 'shaking', kind: 'machine', tag: 'pump-1.vibration', asset: 'pump-1', source: null },
  ...{ priority: 'medium', workOrder: policy, effect: 'raised', state: 'unacknowledged', at: AT, raisedAt: AT },
  ...{ level: 'H', finding: { value: 5, limit: 4.5, explanation: 'it shakes; 1× is high' }, by: null, note: null },
  position: 7,
};
const order: WorkOrder = {
  ...NOT_BEGUN,
  ...{ id: '1', number: 'WO-2026-000001', asset: 'pump-1', priority: 'medium', createdAt: AT },
  ...{ alerts: ['a'], alsoOpen: [], ...describeJob(raised, policy) },
};
const around = { others: [] as readonly Alert[], timezone: 'Europe/Berlin' };
const worse: Transition = {
  ...raised,
  ...{ effect: 'changed', at: AT + HOUR_MS, level: 'HH' },
  finding: { value: 9, limit: 7.1, explanation: 'it shakes much; 1× is very high', fault: 'imbalance' },
};
const back: Transition = {
  ...raised,
  ...{ effect: 'returned', state: 'returned', at: AT + 2 * HOUR_MS },
  finding: { value: 2, limit: 4.5, explanation: 'it is quiet again' },
};
const other: Alert = {
  ...{ id: 'b', rule: 'shaking', kind: 'machine', tag: 'pump-1.vibration-2', asset: 'pump-1', source: null },
  ...{ state: 'acknowledged', level: 'H', priority: 'medium', raisedAt: AT, returnedAt: null, clearedAt: null },
  ...{ acknowledgedAt: AT, acknowledgedBy: 'x', value: 6, limit: 4.5, explanation: 'the other end shakes; a lot' },
  workOrder: order.number,
};
const follow = (from: WorkOrder, transition: Transition, others: readonly Alert[] = []): WorkOrder => ({
  ...from,
  ...followAlert(from, transition, { ...around, others }),
});

describe('a job follows its alert', () => {
  it('and is left alone by the alert that made it', () => {
    expect(followAlert(order, raised, around)).toBeNull();
  });

  it('under the name that people have for the machine, also once another alert of it leads', () => {
    const named = { ...around, assetName: 'Cooling water pump' };
    expect(describeJob(raised, policy, 'Cooling water pump').title).toBe('Cooling water pump: vibration');
    expect(followAlert(order, raised, named)).toMatchObject({ title: 'Cooling water pump: vibration' });
    const broken = { ...other, fault: 'bearing-outer' };
    const title = 'Cooling water pump: change the bearing';
    expect(followAlert(order, back, { ...named, others: [broken] })).toMatchObject({ title });
  });

  it('and what stands in brackets is not torn apart', () => {
    const explanation = 'pump-1.vibration is 5 mm/s: zone C (group 2; ISO 20816-3 (2022); rigid); it rose';
    const finding = { value: 5, limit: 4.5, explanation };
    expect(describeJob({ ...raised, finding }, policy).description).toMatch(
      /^pump-1.vibration is 5 mm\/s: zone C \(group 2; ISO 20816-3 \(2022\); rigid\)\.\n- it rose\nRaised by/,
    );
    const [, also] = follow(order, raised, [{ ...other, explanation }]).description.split('Also for this job:');
    expect(also).toBe('\n- pump-1.vibration is 5 mm/s: zone C (group 2; ISO 20816-3 (2022); rigid)');
  });

  it('and a bracket that the name of a tag opens holds nothing together', () => {
    const explanation = 'pump-1.a( is 5 mm/s: zone C (group 2; rigid); it rose; 1× is high';
    const { description } = describeJob({ ...raised, finding: { value: 5, limit: 4.5, explanation } }, policy);
    expect(description).toMatch(
      /^pump-1.a\( is 5 mm\/s: zone C \(group 2; rigid\)\.\n- it rose\n- 1× is high\nRaised by/,
    );
  });

  it('to what was found last, with the plan for that, and comes forward', () => {
    const { title, description, dueAt } = follow(order, worse);
    expect(title).toBe('pump-1: balance the rotor');
    expect(description).toMatch(/^it shakes much\.\n- 1× is very high\nRaised by rule shaking/);
    expect(description).toContain('\n1. Clean it.');
    expect(dueAt).toBe(AT + 25 * HOUR_MS);
  });

  it('with the priority and the date of what was found, where the method says how urgent that is', () => {
    const policy: WorkOrderPolicy = { failureMode: 'OHE' };
    const finding = { value: 9, limit: 4, explanation: 'L2 is 9 K hotter', urgency: 'low' } as const;
    const calm = describeJob({ ...raised, priority: 'high', finding }, policy);
    expect(calm).toMatchObject({ priority: 'low', dueAt: AT + 14 * 24 * HOUR_MS });
    const hotter = { value: 28, limit: 15, explanation: 'L2 is 28 K hotter', urgency: 'critical' } as const;
    const transition: Transition = { ...worse, priority: 'high', workOrder: policy, finding: hotter };
    const job = follow({ ...order, ...calm }, transition);
    expect(job).toMatchObject({ priority: 'critical', dueAt: worse.at + 4 * HOUR_MS });
    const over = follow(job, { ...back, priority: 'high', workOrder: policy });
    expect(over).toMatchObject({ priority: 'critical', description: expect.stringContaining('Back to normal') });
  });

  it('says on top that it is over, once, and no longer when it is raised again', () => {
    const over = follow(order, back);
    expect(over.description).toBe(
      `Back to normal since 2026-11-22 20:30 (Europe/Berlin): it is quiet again.\n${order.description}`,
    );
    expect(followAlert(over, back, around)).toBeNull();
    expect(followAlert(over, { ...back, effect: 'cleared', state: 'normal' }, around)).toBeNull();
    expect(followAlert(over, { ...back, effect: 'acknowledged', state: 'acknowledged' }, around)).toBeNull();
    expect(follow(over, { ...raised, effect: 'raised again' }).description).toBe(order.description);
  });

  it('does not repeat what was found where the rule says nothing of the return', () => {
    const silent = { ...back, finding: raised.finding };
    expect(follow(order, silent).description).toMatch(/^Back to normal since [^:]+:30 \(Europe\/Berlin\)\.\nit shakes/);
  });

  it('says when nobody judges it any longer', () => {
    const removed: Transition = {
      ...back,
      effect: 'cleared',
      workOrder: null,
      finding: null,
      note: 'its rule was removed',
    };
    expect(follow(order, removed).description).toMatch(
      /^No longer judged since [^\n]+: its rule was removed\.\nit shakes/,
    );
  });

  it('is due anew when it is raised again after it was over', () => {
    const again = { ...raised, effect: 'raised again', at: AT + 90 * 24 * HOUR_MS } as const;
    expect(follow(follow(order, back), again).dueAt).toBe(again.at + 7 * 24 * HOUR_MS);
  });

  it('is not put off by what is found while it stands: neither by a limit that is reached, nor by more time or a reminder', () => {
    const inHours = (p10: number, since = 1, level: Transition['level'] = 'H'): Transition => {
      const at = AT + since * HOUR_MS;
      return { ...raised, effect: 'changed', at, level, rul: { p10, p50: 2 * p10, p90: 3 * p10, at } };
    };
    const soon = follow(order, inHours(2));
    expect(soon.dueAt).toBe(AT + 3 * HOUR_MS);
    expect(follow(soon, inHours(0.2, 2.5)).dueAt).toBe(soon.dueAt);
    const reached = follow(soon, inHours(0, 2.5, 'HH'));
    expect(reached.description).toContain('No time is left');
    expect(reached.dueAt).toBe(soon.dueAt);
    expect(follow(soon, inHours(480)).dueAt).toBe(soon.dueAt);
    expect(follow(soon, inHours(480), [other]).dueAt).toBe(soon.dueAt);
    const later = { at: AT + 5 * HOUR_MS };
    for (const effect of ['changed', 're-alarmed', 'acknowledged'] as const)
      expect(follow(order, { ...raised, ...later, effect }).dueAt).toBe(order.dueAt);
  });

  it('is about what still stands as long as anything does', () => {
    expect(follow(order, worse, [other]).description).toMatch(/\nAlso for this job:\n- the other end shakes$/);
    expect(follow(order, back, [other]).description).toMatch(
      /^the other end shakes\.\n- a lot\nRaised by rule shaking on pump-1.vibration-2/,
    );
    expect(follow(order, back, [other]).description).not.toContain('Back to normal');
  });

  it('keeps its plan beside another alert that is no more severe, and when that returns', () => {
    const planned = follow(order, { ...worse, level: 'H' });
    const second: Transition = { ...raised, alert: 'b', tag: other.tag, at: AT + 2 * HOUR_MS };
    const first: Alert = {
      ...other,
      id: 'a',
      tag: raised.tag,
      level: 'H',
      explanation: 'it shakes much; 1× is very high',
    };
    const both = follow(planned, second, [first]);
    expect(both).toMatchObject({ title: planned.title, failureMode: planned.failureMode, dueAt: planned.dueAt });
    expect(both.description).toBe(`${planned.description}\nAlso for this job:\n- it shakes`);
    expect(followAlert(both, second, { ...around, others: [first] })).toBeNull();
    const fixed = { ...back, alert: 'b', tag: other.tag };
    expect(follow(both, fixed, [first])).toEqual(planned);
    // What is described is over, and of the other nobody knows which fault it was.
    const left = follow(both, back, [other]);
    expect(left.title).toBe(planned.title);
    expect(left.description).toMatch(/^the other end shakes\.\n- a lot\nRaised by [^\n]+\n1\. Clean it\.$/);
    expect(follow(planned, { ...second, level: 'HH' }, [first]).title).toBe(planned.title);
  });

  it('is about the fault that still stands when that of a more severe alert has gone', () => {
    const bearing: Alert = { ...other, fault: 'bearing-outer' };
    const taken = follow(order, worse, [bearing]);
    expect(taken.title).toBe('pump-1: balance the rotor');
    const left = follow(taken, { ...back, level: 'HH' }, [bearing]);
    expect(left).toMatchObject({ title: 'pump-1: change the bearing', failureMode: 'BRD', dueAt: taken.dueAt });
    expect(left.description).toMatch(/^the other end shakes\.\n- a lot\nRaised by [^\n]+-2\.\n1\. Lock it out\.$/);
  });

  it('is about what has a plan, then about the more severe', () => {
    const beside: Transition = { ...raised, alert: 'b', tag: other.tag, at: AT + 2 * HOUR_MS };
    const first: Alert = { ...other, id: 'a', tag: raised.tag, level: 'HH', explanation: 'it shakes; 1× is high' };
    const named = { ...beside, finding: worse.finding };
    const both = follow(order, named, [first]);
    expect(both.title).toBe('pump-1: balance the rotor');
    expect(both.description).toMatch(/^it shakes much\.[\s\S]*\n1\. Clean it\.\nAlso for this job:\n- it shakes$/);
    expect(follow(order, beside, [first]).description).toContain(`on ${raised.tag}.`);
    const milder: Alert = { ...first, level: 'H' };
    expect(follow(order, { ...beside, level: 'HH' }, [milder]).description).toContain(`on ${other.tag}.`);
  });

  it('is not over because a finding begins with these words', () => {
    const odd: WorkOrder = { ...order, description: 'Back to normal speed it shakes.\nRaised by rule shaking.' };
    expect(follow(odd, back).description).toMatch(/\nBack to normal speed it shakes\.\n/);
  });

  it('is left as it is once it is done', () => {
    expect(followAlert({ ...order, state: 'done' }, worse, around)).toBeNull();
  });
});

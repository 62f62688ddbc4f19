import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../../rules/math/seeded.ts';
import { openDatabase } from '../../src/store/database.ts';
import { listForgetCommands } from '../../src/store/forget-commands.ts';
import { createDatabase } from '../kit/database.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: repairs
timezone: UTC
adapters: { push: { kind: http } }
assets:
  hall: { name: Hall }
  fan-1:
    parent: hall
    tags: { current: { unit: A, from: push }, speed: { unit: /min, from: push } }
rules:
  fan-1-unusual:
    on: fan-1.current
    detect: auto
    with: { learn: 360, every: 0s }
    priority: high
    workOrder: { failureMode: VIB }
  fan-1-shift: { on: [fan-1.current, fan-1.speed], detect: ewma, with: { learn: 100 }, priority: low }
  fan-1-high: { on: fan-1.current, detect: limit, with: { high: 500 }, priority: low }
`;

const dataDirectory = mkdtempSync(join(tmpdir(), 'millwright-'));
let databaseUrl: string;
let test: TestService;
beforeAll(async () => {
  databaseUrl = await createDatabase();
  test = await startTestService(PLANT, { dataDirectory, databaseUrl });
});
afterAll(async () => {
  await test?.[Symbol.asyncDispose]();
  rmSync(dataDirectory, { recursive: true, force: true });
});

const ruleOn = async (tag: string, rule: string) => {
  const { body } = await test.call('GET', `/api/v1/tags/${tag}/rules`);
  return body.rules.find((each: { rule: string }) => each.rule === rule);
};
const journal = async () => {
  const database = openDatabase(databaseUrl, { connections: 1, name: 'test' });
  const all = await listForgetCommands(database, { from: 0, to: Date.now() + 1_000, limit: 10 });
  await database.close();
  return all;
};

describe('what people say of a machine', () => {
  it('that its fault was repaired is journaled for the rule that told it, when its job is done', async () => {
    const { normal } = seeded(3);
    const from = Date.now() - 500_000;
    const readings = Array.from({ length: 480 }, (_, i) => ({
      tag: 'fan-1.current',
      at: from + 1_000 * i,
      value: 10 + normal() + (i >= 400 && i < 440 ? 12 : 0),
    }));
    expect((await test.call('POST', '/api/v1/readings', { readings })).status).toBe(200);
    const alert = await waitFor('the alert', async () => {
      const { items } = (await test.call('GET', '/api/v1/alerts?state=all')).body;
      return items.find((each: { rule: string }) => each.rule === 'fan-1-unusual');
    });
    const complete = (body: unknown) => test.call('POST', `/api/v1/work-orders/${alert.workOrder}/complete`, body);
    expect((await complete({ found: 'fault', cause: 'dry bearing' })).status).toBe(200);
    const [told] = await waitFor('its line in the journal', async () => {
      const lines = await journal();
      return lines.length > 0 && lines;
    });
    expect(told).toMatchObject({
      job: alert.workOrder,
      of: [{ rule: 'fan-1-unusual', tag: 'fan-1.current', from: Date.parse(alert.raisedAt) }],
    });
    const { body: job } = await complete({ found: 'fault', cause: 'dry bearing' });
    expect((await test.call('POST', '/api/v1/rules/fan-1-unusual/learn-anew')).status).toBe(200);
    const lines = await waitFor('what was said next', async () => {
      const all = await journal();
      return all.length > 1 && all;
    });
    expect(lines.map((line) => line.job)).toEqual([alert.workOrder, undefined]);
    expect(told?.at).toBe(Date.parse(job.closedAt));
  });

  it('that it is another one now: its rules that learn begin anew, say so, and go on with that after a restart', async () => {
    await waitFor(
      'what the rules know',
      async () => (await ruleOn('fan-1.current', 'fan-1-shift'))?.state === 'watching',
    );
    expect(await ruleOn('fan-1.current', 'fan-1-high')).toMatchObject({ learns: false, anew: null });
    const { status, body } = await test.call('POST', '/api/v1/assets/hall/learn-anew', { note: 'new motor' });
    expect([status, body.rules]).toEqual([200, ['fan-1-unusual', 'fan-1-shift'].map((rule) => ({ rule, tag: null }))]);
    const isBlind = async () => {
      const { blind } = (await test.call('GET', '/api/v1/assets/fan-1/health')).body;
      return blind.filter(({ reason }: { reason: string }) => reason === 'learning');
    };
    const blind = await waitFor('the health that says so', async () => {
      const found = await isBlind();
      return found.length > 1 && found;
    });
    expect(blind).toContainEqual(
      expect.objectContaining({ rule: 'fan-1-shift', tag: 'fan-1.current', since: body.at }),
    );
    const said = { learns: true, anew: { at: body.at, note: 'new motor' }, state: 'learning' };
    const isLearning = async () => (await ruleOn('fan-1.current', 'fan-1-shift'))?.anew !== null;
    await waitFor('the rule that learns anew', isLearning);
    expect(await ruleOn('fan-1.current', 'fan-1-shift')).toMatchObject(said);

    await test[Symbol.asyncDispose]();
    test = await startTestService(PLANT, { dataDirectory, databaseUrl });
    expect(await ruleOn('fan-1.current', 'fan-1-unusual')).toMatchObject(said);
    const from = Date.now() - 15_000;
    const readings = Array.from({ length: 150 }, (_, i) => ({
      tag: 'fan-1.current',
      at: from + 100 * i,
      value: 25 + (i % 3) * 0.1,
    }));
    expect((await test.call('POST', '/api/v1/readings', { readings })).status).toBe(200);
    const knows = async () => (await ruleOn('fan-1.current', 'fan-1-shift')).normal?.expected > 24;
    await waitFor('what the new motor draws', knows);
    expect((await isBlind()).map(({ rule }: { rule: string }) => rule)).toEqual(['fan-1-unusual']);
    const lines = await journal();
    expect(lines.at(-1)).toMatchObject({
      note: 'new motor',
      of: body.rules.map((each: object) => ({ ...each, from: null })),
    });
  });

  it('nothing, where there is nothing to forget or nobody', async () => {
    const ask = async (path: string, body?: object) =>
      (await test.call('POST', `/api/v1/${path}/learn-anew`, body)).status;
    expect(await ask('rules/fan-1-high')).toBe(409);
    const { body } = await test.call('POST', '/api/v1/rules/fan-1-high/learn-anew');
    expect(JSON.stringify(body)).toContain('the rule fan-1-high keeps nothing of what it learns');
    expect(await ask('rules/none')).toBe(404);
    expect(await ask('rules/fan-1-shift', { tag: 'hall.x' })).toBe(404);
    expect(await ask('assets/none')).toBe(404);
  });
});

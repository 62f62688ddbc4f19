import { expect, it } from 'vitest';
import { sayTime } from '../../src/model/plant-time.ts';
import { formatTime } from '../../src/model/time.ts';
import { queryDatabase } from '../kit/database.ts';
import { startTestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const plant = `
plant: late
timezone: Europe/Berlin
adapters:
  push: { kind: http }
assets:
  pump: { tags: { flow: { from: push }, pressure: { from: push }, level: { from: push } } }
rules:
  flow-high: { on: pump.flow, detect: limit, with: { high: 5 } }
  pressure-high: { on: pump.pressure, detect: limit, with: { high: 5 } }
  level-high: { on: pump.level, detect: limit, with: { high: 5 } }
`;

it('readings that come too late are journaled as what they would have changed, and move no alert', async () => {
  await using service = await startTestService(plant);
  await service.call('POST', '/api/v1/webhooks', { url: 'https://cmms.example/hooks' });
  const now = Date.now();
  const push = (...rows: readonly [tag: string, secondsAgo: number, value: number][]) =>
    service.call('POST', '/api/v1/readings', {
      readings: rows.map(([tag, secondsAgo, value]) => ({ tag: `pump.${tag}`, at: now - secondsAgo * 1_000, value })),
    });
  await push(['flow', 120, 2], ['pressure', 120, 2], ['level', 120, 2]);
  await push(['flow', 60, 2], ['pressure', 60, 9], ['level', 60, 2]);
  const alertOf = async (rule: string) =>
    (await service.call('GET', '/api/v1/alerts')).body.items.find((alert: { rule: string }) => alert.rule === rule);
  const told = await waitFor('the alert of what came in time', () => alertOf('pressure-high'));

  // What came before comes again, and with it what nobody had seen.
  await push(['flow', 90, 9], ['pressure', 80, 9], ['level', 120, 2], ['level', 90, 3]);
  const missed = await waitFor('the alert that nobody was told of', () => alertOf('flow-high'));
  expect(missed).toMatchObject({ state: 'normal', tag: 'pump.flow', value: 9, limit: 5 });
  expect(Date.parse(missed.raisedAt)).toBe(now - 90_000);
  const endedAt = formatTime(now - 60_000);
  expect(missed).toMatchObject({ returnedAt: endedAt, clearedAt: endedAt });
  const journalOf = async (id: string) => (await service.call('GET', `/api/v1/alerts/${id}`)).body.events;
  expect(await journalOf(missed.id)).toMatchObject([
    { effect: 'corrected', note: expect.stringMatching(/^late readings show that it would have been raised at /) },
  ]);
  const corrected = await waitFor('the correction of what was told', async () => {
    const journal = await journalOf(told.id);
    return journal.length > 1 && journal;
  });
  expect(corrected).toMatchObject([
    { effect: 'raised' },
    {
      effect: 'corrected',
      note: `late readings show that it would have been raised 20 s earlier, at ${sayTime(now - 80_000, 'Europe/Berlin')}`,
    },
  ]);
  expect(await alertOf('pressure-high')).toEqual(told);
  expect(await alertOf('level-high')).toBeUndefined();

  const messages = await queryDatabase(service.databaseUrl, "select body from delivery where effect = 'corrected'");
  expect(messages.map(({ body }: any) => JSON.parse(body))).toMatchObject([
    { type: 'alert.corrected', data: { correction: expect.stringMatching(/^late readings show/) } },
    { type: 'alert.corrected', data: { correction: expect.stringMatching(/^late readings show/) } },
  ]);
});

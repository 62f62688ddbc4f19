import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createDatabase } from '../kit/database.ts';
import { startTestService } from '../kit/service.ts';
import { countRows } from '../kit/stored-rows.ts';
import { waitFor } from '../kit/wait.ts';

const plant = `
plant: learnt
timezone: UTC
adapters:
  push: { kind: http }
assets:
  pump: { tags: { wear: { from: push, unit: mm } } }
`;
const rules = `
rules:
  worn: { on: pump.wear, detect: forecast, with: { high: 5, every: 5m, blocks: 24, soon: 1m } }
`;

it('a forecast that is added to a plant knows the history of its tag, and says at once where it leads', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'millwright-learnt-'));
  onTestFinished(() => rmSync(dataDirectory, { recursive: true, force: true }));
  const databaseUrl = await createDatabase();
  const now = Date.now();
  {
    await using before = await startTestService(plant, { dataDirectory, databaseUrl });
    // Three hours in which 3 mm were worn off: an hour is left.
    const readings = Array.from({ length: 180 }, (_, minute) => ({
      tag: 'pump.wear',
      at: now - (180 - minute) * 60_000,
      value: 1 + minute / 60 + (minute % 2) * 0.01,
    }));
    expect((await before.call('POST', '/api/v1/readings', { readings })).body.accepted).toBe(180);
    await waitFor('the history', async () => (await countRows(databaseUrl, 'pump.')) === 180);
  }
  await using service = await startTestService(plant + rules, { dataDirectory, databaseUrl });
  const alert = await waitFor(
    'the forecast',
    async () => {
      await service.call('POST', '/api/v1/readings', { readings: [{ tag: 'pump.wear', at: Date.now(), value: 4 }] });
      return (await service.call('GET', '/api/v1/alerts?state=active')).body.items[0];
    },
    150_000, // it learns in a thread, which compiles the sources that it loads
  );
  expect(alert).toMatchObject({ rule: 'worn', tag: 'pump.wear', level: 'H' });
  expect(alert.rul.p50).toBeGreaterThan(0.5);
  expect(alert.rul.p50).toBeLessThan(2);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, describe, expect, it } from 'vitest';
import { openPage, startBrowser } from '../kit/browser.ts';
import { startProgram } from '../kit/child.ts';
import { createDatabase } from '../kit/database.ts';
import { metricOf } from '../kit/metric.ts';
import { MOSQUITTO, startMosquitto } from '../kit/mosquitto.ts';
import { storedRows } from '../kit/stored-rows.ts';
import { findTool, mustRun, required } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const KEY = 'adoption-test-key';
const CHROMIUM = findTool('chromium', 'chromium-browser', 'google-chrome');
const directory = mkdtempSync(join(tmpdir(), 'millwright-adopt-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.runIf(mustRun(MOSQUITTO && CHROMIUM, 'adoption in a browser (apt-get install mosquitto chromium)'))(
  'an unknown tag that comes over MQTT',
  () => {
    it('is shown on the page of sources, and stored after one click', async () => {
      await using broker = await startMosquitto(['allow_anonymous true']);
      const plant = join(directory, 'plant.yaml');
      const map = '[{ topic: plant/+asset/+tag, value: $.value, time: $.ts }]';
      const adapter = `{ kind: mqtt, url: "${broker.url}", adopt: ask, map: ${map} }`;
      writeFileSync(plant, `plant: adopt\ntimezone: UTC\nadapters:\n  sensors: ${adapter}\n`);
      const databaseUrl = await createDatabase();
      const program = startProgram(['run', '--plant', plant], {
        MILLWRIGHT_DATA: join(directory, 'data'),
        MILLWRIGHT_PORT: '0',
        MILLWRIGHT_ADMIN_KEY: KEY,
        DATABASE_URL: databaseUrl,
      });
      const browser = await startBrowser(required(CHROMIUM, 'chromium'));
      const client = await connectAsync(broker.url);
      try {
        const origin = (await program.until(/is at (http:\S+)\n/))[1]!;
        await waitFor('the link', async () => (await metricOf(origin, 'source_up')) === 1);
        const send = (tag: string, value: number, ts: number) =>
          client.publishAsync(`plant/press-1/${tag}`, JSON.stringify({ value, ts }), { qos: 1 });
        await send('oil', 61, Date.now());
        await send('load', 5, Date.now());

        const expected = ['401 /api/v1/session'];
        const desk = await openPage(browser, { origin, expected, viewport: { width: 1_280, height: 800 } });
        await desk.page.goto(`${origin}/#/sources`);
        await desk.page.getByTestId('sign-in-key').fill(KEY);
        await desk.page.getByTestId('sign-in').click();
        await desk.page.getByTestId('adopt-press-1.oil').waitFor();
        expect(await desk.page.getByTestId('unknown-tags').textContent()).toContain('sensors: 61.0,');
        await desk.screenshot('console-1280-unknown-tags');
        await desk.page.getByTestId('adopt-press-1.oil').click();
        await desk.page.getByTestId('adopt-press-1.oil').waitFor({ state: 'detached' });
        await desk.page.getByTestId('adopt-press-1.load').waitFor();
        expect(desk.complaints).toEqual([]);

        const at = Date.now();
        await send('oil', 62, at);
        await send('load', 6, at);
        await waitFor('the row', async () => (await storedRows(databaseUrl, 'press-1.')).length > 0);
        expect(await storedRows(databaseUrl, 'press-1.')).toEqual([{ tag: 'press-1.oil', at, value: 62, quality: 0 }]);
      } finally {
        await client.endAsync(true);
        await browser.close();
        await program.end('SIGTERM');
      }
    });
  },
);

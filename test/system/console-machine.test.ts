import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage, startBrowser, type WatchedPage } from '../kit/browser.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { findTool, mustRun, required } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const CHROMIUM = findTool('chromium', 'chromium-browser', 'google-chrome');
const PLANT = `
plant: press-shop
timezone: UTC
adapters:
  push: { kind: http }
assets:
  press-1:
    name: Press 1
    class: motor
    tags:
      pressure: { unit: bar, range: [0, 10], from: push }
rules:
  press-1-pressure-high:
    on: press-1.pressure
    detect: limit
    with: { high: 6, highHigh: 8, deadband: 0.5 }
    latch: true
    priority: critical
    workOrder: { failureMode: PDE, due: 1d }
`;

describe.runIf(mustRun(CHROMIUM, 'the console in a real browser (apt-get install chromium)'))(
  'the console of a machine, in a browser,',
  () => {
    let test: TestService;
    let browser: Browser;
    let phone: WatchedPage;
    let page: Page;

    beforeAll(async () => {
      test = await startTestService(PLANT);
      browser = await startBrowser(required(CHROMIUM, 'chromium'));
      phone = await openPage(browser, {
        origin: test.url,
        viewport: { width: 390, height: 844 },
        deviceScaleFactor: 2,
        hasTouch: true,
        isMobile: true,
        colorScheme: 'dark',
      });
      page = phone.page;
      await page.goto(test.service.loginLink());
    });
    afterAll(async () => {
      await browser?.close();
      await test?.[Symbol.asyncDispose]();
    });

    const push = async (readings: readonly { tag: string; at: number; value: number }[]) => {
      const { status, body } = await test.call('POST', '/api/v1/readings', { readings });
      expect({ status, body }).toMatchObject({ status: 200, body: { accepted: readings.length } });
    };
    const alertOf = (rule: string) =>
      waitFor(`an alert of ${rule}`, async () => {
        const { items } = (await test.call('GET', '/api/v1/alerts?state=active')).body;
        return items.find((one: { rule: string }) => one.rule === rule);
      });
    const stage = (id: string, word: string) =>
      page.getByTestId(`alert-state-${id}`).filter({ hasText: word }).waitFor();
    const sideways = () =>
      page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

    it('keeps a latched alert until it is reset, and takes the reset of a finger', async () => {
      const at = Date.now() - 60_000;
      await push([4, 4.2, 7.1].map((value, i) => ({ tag: 'press-1.pressure', at: at + 1_000 * i, value })));
      const alert = await alertOf('press-1-pressure-high');
      await page.goto(`${test.url}/#/alert/${alert.id}`);
      await page.getByTestId(`acknowledge-${alert.id}`).tap();
      await stage(alert.id, 'Acknowledged');
      expect(await page.getByTestId(`reset-${alert.id}`).count()).toBe(0);

      await push([{ tag: 'press-1.pressure', at: at + 10_000, value: 4 }]);
      await stage(alert.id, 'Latched: waits for a reset');
      await page.getByLabel('What was done (optional)').fill('valve closed');
      await phone.screenshot('console-390-latched');
      expect(await sideways()).toBe(0);
      const reset = page.getByTestId(`reset-${alert.id}`);
      expect((await reset.boundingBox())?.height).toBeGreaterThanOrEqual(44);
      await reset.tap();
      await stage(alert.id, 'Cleared');
      await page.getByText('“valve closed”').waitFor();
      expect(await reset.count()).toBe(0);
      await phone.screenshot('console-390-reset');
      expect(phone.complaints).toEqual([]);
    });
  },
);

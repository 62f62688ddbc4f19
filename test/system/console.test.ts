import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage, startBrowser, type WatchedPage } from '../kit/browser.ts';
import { type Program, startProgram } from '../kit/child.ts';
import { findTool, mustRun, required } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const ADMIN_KEY = 'console-test-key';
const CHROMIUM = findTool('chromium', 'chromium-browser', 'google-chrome');
/** The first machine gets ill within 40 s; another machine or link within two minutes. */
const ALERT_WITHIN_MS = 150_000;
const SIGNED_OUT = ['401 /api/v1/session'];

interface Alert {
  readonly id: string;
  readonly rule: string;
  readonly state: string;
  readonly acknowledgedBy: string | null;
}

describe.runIf(mustRun(CHROMIUM, 'the console in a real browser (apt-get install chromium)'))(
  'the console of a plant that gets ill, in a browser,',
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'millwright-console-'));
    let demo: Program;
    let browser: Browser;
    let origin: string;
    let loginLink: string;
    let desk: WatchedPage;
    let pumpAlert: Alert;

    beforeAll(async () => {
      // With this seed the second machine gets ill after 58 s, 25 s after the first; with 1 it would be 75.
      demo = startProgram(['demo', '--seed', '58'], {
        MILLWRIGHT_DATA: directory,
        MILLWRIGHT_PORT: '0',
        MILLWRIGHT_ADMIN_KEY: ADMIN_KEY,
      });
      browser = await startBrowser(required(CHROMIUM, 'chromium'));
      origin = (await demo.until(/console is at (\S+)\n/))[1]!;
      loginLink = (await demo.until(/Sign in once with this link [^:]*: (\S+)\n/))[1]!;
    });
    afterAll(async () => {
      await browser?.close();
      await demo?.end('SIGTERM');
      rmSync(directory, { recursive: true, force: true });
    });

    const activeAlerts = async (): Promise<readonly Alert[]> => {
      const headers = { authorization: `Bearer ${ADMIN_KEY}` };
      const answer = await fetch(`${origin}/api/v1/alerts?state=active`, { headers });
      return ((await answer.json()) as { items: Alert[] }).items;
    };
    const waitingAlert = (what: string, isIt: (alert: Alert) => boolean) =>
      waitFor(
        what,
        async () => (await activeAlerts()).find((alert) => alert.state === 'unacknowledged' && isIt(alert)),
        ALERT_WITHIN_MS,
      );

    it('shows values that move, after one click on the printed login link', async () => {
      desk = await openPage(browser, { origin, viewport: { width: 1_280, height: 800 } });
      await desk.page.goto(loginLink);
      await connected(desk.page);
      expect(desk.page.url()).toBe(`${origin}/`);
      const value = desk.page.getByTestId('value-pump-1.vibration').first();
      const first = await waitFor('a value', async () => numberIn(await value.textContent()));
      await waitFor('another value', async () => {
        const now = numberIn(await value.textContent());
        return now !== null && now !== first;
      });
      expect(await desk.page.getByTestId('value-pump-1.drive-end').count()).toBe(0); // waveforms come to it, and no values
      await desk.screenshot('console-1280-plant');
      expect(desk.complaints).toEqual([]);
    });

    it('shows the documentation of the API, refusing nothing that it needs', async () => {
      const docs = await openPage(browser, { origin, viewport: { width: 1_280, height: 800 } });
      await docs.page.goto(`${origin}/docs`);
      await docs.page.locator('.opblock').first().waitFor();
      expect(docs.complaints).toEqual([]);
      await docs.page.close();
    });

    it('leads somebody with a used login link to the sign-in form', async () => {
      const stranger = await openPage(browser, { origin, expected: SIGNED_OUT });
      await stranger.page.goto(loginLink);
      await stranger.page.getByTestId('sign-in-key').waitFor();
      expect(await stranger.page.getByText('has been used').isVisible()).toBe(true);
      expect(await stranger.page.getByTestId('tile-pump-1').count()).toBe(0);
      await stranger.screenshot('console-1280-used-link');
      expect(stranger.complaints).toEqual([]);
      await stranger.page.context().close();
    });

    it('shows the worn bearing of the pump, and takes the acknowledgement of a click', async () => {
      pumpAlert = await waitingAlert('the alert of pump-1', ({ rule }) => rule.startsWith('pump-1-vibration'));
      const { page } = desk;
      await page.getByTestId(`alert-${pumpAlert.id}`).waitFor();
      expect(await page.getByTestId('tile-pump-1').getAttribute('data-priority')).not.toBe('none');
      await desk.screenshot('console-1280-alert');
      await page.getByTestId(`acknowledge-${pumpAlert.id}`).click();
      await stateOf(page, pumpAlert.id, 'acknowledged');
      expect(await page.getByTestId(`acknowledge-${pumpAlert.id}`).count()).toBe(0);
      await desk.screenshot('console-1280-acknowledged');
      const stored = (await activeAlerts()).find(({ id }) => id === pumpAlert.id);
      expect(stored).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'login link' });
      expect(desk.complaints).toEqual([]);
    });

    it('shows the reasons of an alert on a page of its own', async () => {
      const { page } = desk;
      const readings = page.waitForResponse(/\/tags\/pump-1\.vibration\/readings/);
      await page.getByTestId(`alert-${pumpAlert.id}`).getByRole('link').first().click();
      expect((await (await readings).json()).items.length).toBeGreaterThan(20);
      await page
        .getByRole('list', { name: 'How far the alert is' })
        .getByText(/by login link$/)
        .waitFor();
      await stateOf(page, pumpAlert.id, 'acknowledged');
      await page.locator('canvas').first().waitFor();
      await desk.screenshot('console-1280-detail');
      expect(desk.complaints).toEqual([]);
    });

    it('takes the acknowledgement of a finger on a phone, where nothing scrolls sideways', async () => {
      const phone = await openPage(browser, {
        origin,
        expected: SIGNED_OUT,
        viewport: { width: 390, height: 844 },
        deviceScaleFactor: 2,
        hasTouch: true,
        isMobile: true,
      });
      const { page } = phone;
      await page.goto(origin);
      await page.getByTestId('sign-in-key').fill(ADMIN_KEY);
      await phone.screenshot('console-390-sign-in');
      await page.getByTestId('sign-in').tap();
      await connected(page);
      await stateOf(page, pumpAlert.id, 'acknowledged');
      expect(await overhang(page)).toBe(0);

      const alert = await waitingAlert('a second alert', ({ id }) => id !== pumpAlert.id);
      const acknowledge = page.getByTestId(`acknowledge-${alert.id}`);
      await acknowledge.waitFor();
      await phone.screenshot('console-390-alert');
      expect(await overhang(page)).toBe(0);
      expect(await heightOf(acknowledge)).toBeGreaterThanOrEqual(44); // a glove hits it
      await acknowledge.tap();
      await stateOf(page, alert.id, 'acknowledged');
      await phone.screenshot('console-390-acknowledged');
      await stateOf(desk.page, alert.id, 'acknowledged'); // the other technician sees it too

      for (const [name, path] of [
        ['alert', `alert/${alert.id}`],
        ['asset', 'asset/pump-1'],
        ['work-orders', 'work-orders'],
        ['sources', 'sources'],
      ] as const) {
        await page.goto(`${origin}/#/${path}`);
        await page.locator(`[data-page="${name}"] main h1`).waitFor();
        await phone.screenshot(`console-390-page-${name}`);
        expect({ name, overhang: await overhang(page) }).toEqual({ name, overhang: 0 });
      }
      expect(phone.complaints).toEqual([]);
      expect(desk.complaints).toEqual([]);
    });
  },
);

async function connected(page: Page): Promise<void> {
  await page.locator('[data-testid="live-indicator"][data-state="connected"]').waitFor();
  await page.getByTestId('tile-pump-1').waitFor();
}

async function stateOf(page: Page, id: string, state: string): Promise<void> {
  await page.locator(`[data-testid="alert-state-${id}"][data-state="${state}"]`).waitFor();
}

/** CSS pixels by which the page is wider than the screen. */
function overhang(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

async function heightOf(element: Locator): Promise<number> {
  return (await element.boundingBox())?.height ?? 0;
}

function numberIn(text: string | null): number | null {
  const number = Number.parseFloat(text ?? '');
  return Number.isNaN(number) ? null : number;
}

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../../rules/math/seeded.ts';
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
      load: { unit: "%", range: [0, 100], from: push }
      current: { unit: A, from: push }
      vibration: { unit: mm/s, range: [0, 20], from: push }
      wear: { unit: um, from: push }
  motor-1: { name: Motor 1, class: motor, tags: { de: { unit: m/s2, from: push } } }
  motor-2: { name: Motor 2, class: motor, tags: { de: { unit: m/s2, from: push } } }
  feeder: { name: Feeder, tags: { batch: { type: text, from: push } } }
  panel: { name: Panel, tags: { camera: { unit: Cel, from: push } } }
frames:
  panel: { on: panel.camera, regions: { l1: { x: 2, y: 4, width: 12, height: 10 }, l2: { x: 18, y: 4, width: 12, height: 10 } } }
waveforms:
  motor-1-de: { on: motor-1.de, unit: m/s2, speed: 1500, bearing: 6205-2RS }
rules:
  panel-hot: { on: panel.camera.l1.max, detect: limit, with: { high: 50 }, priority: medium }
  press-1-pressure-high:
    on: press-1.pressure
    detect: limit
    with: { high: 6, highHigh: 8, deadband: 0.5 }
    latch: true
    priority: critical
    workOrder: { failureMode: PDE, due: 1d }
  press-1-normal:
    on: [press-1.load, press-1.current]
    detect: auto
    with: { learn: 360, every: 0s }
    priority: medium
  press-1-zone:
    on: press-1.vibration
    detect: iso-zone
    with: { group: "2", deadband: 0.1 }
    priority: high
  press-1-shift:
    on: press-1.vibration
    detect: ewma
    with: { learn: 200 }
    priority: low
  press-1-wear:
    on: press-1.wear
    detect: forecast
    with: { high: 5, within: 1h, soon: 1m, every: 5s }
    priority: low
`;
/** Readings a rule learns from here, a second apart: the engine takes none that is ten minutes old. */
const LEARNT = 400;

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
    /** A press whose current follows its load; from `learnt` on it draws 6 A more, and shakes. */
    const pushMachine = async () => {
      const { normal } = seeded(7);
      const from = Date.now() - 480_000;
      const readings = Array.from({ length: LEARNT + 60 }, (_, i) => {
        const at = from + 1_000 * i;
        const isIll = i >= LEARNT;
        const load = 50 + 15 * Math.sin(i / 40) + normal();
        return [
          { tag: 'press-1.load', at, value: load },
          { tag: 'press-1.current', at, value: 10 + 0.4 * load + 0.3 * normal() + (isIll ? 6 : 0) },
          { tag: 'press-1.wear', at, value: 1 + 0.006 * i + 0.01 * normal() },
          { tag: 'press-1.vibration', at, value: 1.8 + 0.1 * normal() + (isIll ? 1.4 : 0) },
        ];
      });
      await push(readings.flat());
      return from;
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

    it('keeps a latched alert until it is reset, and takes the reset and the finished job of a finger', async () => {
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

      const { workOrder } = alert;
      const job = page.getByTestId(`work-order-${workOrder}`);
      await page.getByTestId(`start-${workOrder}`).tap();
      await job.getByText('In progress').waitFor();
      await page.getByTestId(`complete-${workOrder}`).tap();
      const done = page.getByTestId(`completed-${workOrder}`);
      expect(await done.isDisabled()).toBe(true); // until somebody has said what was found
      await page.getByRole('radio', { name: 'A fault, repaired' }).tap();
      await page.getByLabel('Cause (optional)').fill('valve stuck');
      expect((await done.boundingBox())?.height).toBeGreaterThanOrEqual(44);
      expect(await page.getByLabel(/its rules learn anew/).isChecked()).toBe(false);
      expect(await sideways()).toBe(0);
      await phone.screenshot('console-390-job');
      await done.tap();
      await job.getByText('valve stuck').waitFor();
      expect(await job.getByRole('button').count()).toBe(0);
      const { body } = await test.call('GET', `/api/v1/work-orders/${workOrder}`);
      expect(body).toMatchObject({ state: 'done', found: 'fault', cause: 'valve stuck', startedBy: 'login link' });

      await page.getByRole('link', { name: workOrder }).first().tap();
      await page.getByRole('heading', { name: `Work order ${workOrder}` }).waitFor();
      await page.getByTestId(`job-alert-${alert.id}`).getByText('bar').first().waitFor();
      await page.getByText('Job completed').waitFor();
      await page.getByText('Alert raised').waitFor();
      expect(await sideways()).toBe(0);
      await phone.screenshot('console-390-job-page');
      expect(phone.complaints).toEqual([]);
    });

    it('lists what a tag said in words, newest first, and takes on what it says now', async () => {
      const say = async (value: string, at: number) => {
        const readings = [{ tag: 'feeder.batch', at, value }];
        expect((await test.call('POST', '/api/v1/readings', { readings })).status).toBe(200);
      };
      const at = Date.now() - 60_000;
      await say('B-12', at);
      await say('<b>B-13</b>', at + 1_000);
      await page.goto(`${test.url}/#/asset/feeder`);
      const texts = page.getByRole('region', { name: /newest first/ }).getByRole('listitem');
      await texts.nth(1).filter({ hasText: 'B-12' }).waitFor();
      await say('B-14', Date.now());
      await texts.nth(0).filter({ hasText: 'B-14' }).waitFor();
      expect(await texts.nth(1).textContent()).toContain('<b>B-13</b>');
      expect(await texts.count()).toBe(3);
      expect(await page.getByRole('figure', { name: 'Health' }).count()).toBe(1);
      expect(await page.locator('figure.chart').count()).toBe(1); // no trend of words
      expect(await sideways()).toBe(0);
      await phone.screenshot('console-390-texts');
      expect(phone.complaints).toEqual([]);
    });

    it('draws what the rules learnt, and what they judged, over the trend', async () => {
      const from = await pushMachine();
      const unusual = await alertOf('press-1-normal');
      await page.goto(`${test.url}/#/alert/${unusual.id}`);
      const edge = page.getByText('Edge of what is normal').locator('xpath=..');
      expect(await edge.textContent()).toMatch(/[\d.]+\u00a0(A|%)$/);
      await phone.screenshot('console-390-figures');
      const rules = async (tag: string) =>
        (await test.call('GET', `/api/v1/tags/${tag}/rules?from=${from}&to=${from + 470_000}`)).body.rules;
      const [learnt] = await waitFor('the memory of the rule to be saved', async () => {
        const found = await rules('press-1.current');
        return found[0]?.course?.at.length > LEARNT && found;
      });
      // Healthy readings lie within the band, those with the fault above it, at every load.
      const { value, low, high } = learnt.course;
      const isAbove = value.map((one: number, i: number) => one > high[i]);
      expect(isAbove.slice(0, LEARNT - 10).filter(Boolean)).toEqual([]);
      expect(isAbove.slice(-40).every(Boolean)).toBe(true);
      expect(high[0] - low[0]).toBeLessThan(6);
      const [zone, shift] = await rules('press-1.vibration');
      expect(zone.zones.map(({ name }: { name: string }) => name)).toEqual(['A', 'B', 'C', 'D']);
      expect(shift.normal.expected).toBeCloseTo(1.8, 1);
      expect(shift.normal.value).toBeGreaterThan(shift.normal.high);

      const wall = await openPage(browser, { origin: test.url, viewport: { width: 1_600, height: 1_000 } });
      await wall.page.goto(test.service.loginLink());
      await wall.page.goto(`${test.url}/#/asset/press-1`);
      await wall.page.getByRole('radio', { name: '1 h' }).check();
      await wall.page
        .getByText(/press-1-normal .* is normal; /)
        .first()
        .waitFor();
      await wall.page.getByText(/press-1-zone zones of iso-10816-3 group 2 rigid/).waitFor();
      await wall.screenshot('console-1600-normal');
      await wall.page.getByRole('radio', { name: '5 min' }).check();
      await wall.page.getByText(/press-1-wear .*reaches 5 µm in/).scrollIntoViewIfNeeded();
      await wall.screenshot('console-1600-forecast');
      await page.goto(`${test.url}/#/asset/press-1`);
      await page.getByRole('radio', { name: '1 h' }).check();
      await page.getByText(/press-1-shift learnt/).waitFor();
      await page.getByText(/press-1-wear .*reaches 5 µm in/).waitFor();
      await page.getByRole('radio', { name: '5 min' }).check();
      await page.getByText('Wear', { exact: true }).scrollIntoViewIfNeeded();
      await phone.screenshot('console-390-forecast');
      expect(await sideways()).toBe(0);
      expect(wall.complaints).toEqual([]);
      expect(phone.complaints).toEqual([]);
      await wall.page.context().close();
    });

    it('has a rule learn anew, with what is new', async () => {
      await page.goto(`${test.url}/#/asset/press-1`);
      await page.getByTestId('learn-anew-press-1-shift').tap();
      await page.getByLabel('What is new (optional)').fill('new bearing');
      const learn = page.getByTestId('learns-anew-press-1-shift');
      await learn.scrollIntoViewIfNeeded();
      expect((await learn.boundingBox())?.height).toBeGreaterThanOrEqual(44);
      expect(await sideways()).toBe(0);
      await phone.screenshot('console-390-learn-anew');
      await learn.tap();
      await page.getByText(/press-1-shift .* was forgotten \(login link: new bearing\)/).waitFor();
      await phone.screenshot('console-390-learns-anew');
      expect(phone.complaints).toEqual([]);
    });

    it('shows the spectrum of a waveform with the cursors of its bearing, over that of the sister machine', async () => {
      const { normal } = seeded(9);
      const rateHz = 12_800;
      const shaftHz = 25;
      const impactS = 1 / (3.585 * shaftHz); // BPFO of the 6205-2RS
      const take = async (tag: string, at: number, amplitude: number) => {
        const samples = Array.from({ length: 16_384 }, (_, i) => {
          const t = (i / rateHz) % impactS;
          const ring = amplitude * Math.exp(-800 * t) * Math.sin(2 * Math.PI * 4_000 * t);
          return Number((Math.sin((2 * Math.PI * shaftHz * i) / rateHz) + ring + 0.3 * normal()).toFixed(4));
        });
        const taken = await test.call('POST', '/api/v1/waveforms', { tag, at, rateHz, unit: 'm/s2', samples });
        expect(taken.status).toBe(200);
      };
      const at = Date.now() - 60_000;
      await take('motor-1.de', at, 0);
      await take('motor-2.de', at + 1_000, 0);
      await take('motor-1.de', at + 2_000, 12);
      await waitFor('the waveforms to be stored', async () => {
        const { items } = (await test.call('GET', '/api/v1/assets/motor-1/waveforms')).body;
        return items[0]?.at === new Date(at + 2_000).toISOString() && items[0].oldestAt === new Date(at).toISOString();
      });
      const path = '/api/v1/tags/motor-1.de/waveforms/newest/spectrum';
      const envelope = (await test.call('GET', `${path}?kind=envelope`)).body;
      const depth = (name: string) => envelope.cursors.find((one: { name: string }) => one.name === name).amplitude;
      expect(depth('BPFO')).toBeGreaterThan(5 * depth('BPFI'));
      expect(envelope).toMatchObject({ window: 'hann', averages: 1, unit: '1', convention: 'peak', shaftHz });
      const velocity = (await test.call('GET', `${path}?kind=velocity&convention=peak`)).body;
      expect(velocity).toMatchObject({ unit: 'mm/s', convention: 'peak', lines: 4_096, averages: 3 });
      // 1 m/s² at 25 Hz
      expect(velocity.cursors[0].amplitude).toBeCloseTo(1_000 / (2 * Math.PI * shaftHz), 0);

      await page.goto(`${test.url}/#/asset/motor-1`);
      const panel = page.getByLabel('Spectrum of De');
      await panel.waitFor();
      await phone.screenshot('console-390-machine');
      await page.getByRole('navigation', { name: 'On this page' }).getByRole('button', { name: 'Spectra' }).tap();
      await waitFor('the spectrum to be on the screen', async () => ((await panel.boundingBox())?.y ?? 9_999) < 400);
      expect(await page.getByText('Vibration velocity, RMS, 10 to 1000 Hz').count()).toBe(0);
      await page.getByRole('button', { name: /worked out of waveforms/ }).tap();
      await page.getByText('Vibration velocity, RMS, 10 to 1000 Hz').waitFor();
      const drawn = async (name: string, query: string) => {
        const picture = panel.getByRole('img', { name });
        await waitFor(`the picture of ${query}`, async () => {
          const isAsked = (await picture.getAttribute('src'))?.includes(query);
          return isAsked && (await picture.evaluate(isLoaded));
        });
        return picture;
      };
      await drawn('velocity spectrum of De', 'kind=velocity');
      await panel.getByRole('radio', { name: 'Envelope' }).check();
      await drawn('envelope spectrum of De', 'kind=envelope');
      await panel.getByLabel('Compare with').selectOption({ label: 'Motor 2' });
      const picture = await drawn('envelope spectrum of De', 'with=motor-2.de');
      await picture.scrollIntoViewIfNeeded();
      await phone.screenshot('console-390-envelope');
      await panel.getByRole('radio', { name: 'All' }).last().check();
      const waterfall = await drawn('envelope spectra of De over time', 'waterfall?kind=envelope');
      await waterfall.scrollIntoViewIfNeeded();
      await phone.screenshot('console-390-waterfall');
      const rows = await fetch(`${test.url}/api/v1/tags/motor-1.de/waterfall?kind=envelope&width=400`, {
        headers: { authorization: `Bearer ${test.adminKey}` },
      });
      expect((await rows.text()).match(/class="row/g)).toHaveLength(2);
      expect((await test.call('GET', '/api/v1/tags/motor-1.de/waterfall?to=1')).status).toBe(404);
      expect(await sideways()).toBe(0);
      expect(phone.complaints).toEqual([]);
    });

    it('shows a thermal frame with its hot spot and the regions that are watched', async () => {
      const [width, height] = [32, 24];
      const celsius = Array.from({ length: width * height }, (_, i) => {
        const fromHeat = Math.hypot((i % width) - 8, Math.floor(i / width) - 9);
        return Number((28 + 34 * Math.exp(-fromHeat / 4)).toFixed(2));
      });
      const at = Date.now() - 30_000;
      const taken = await test.call('POST', '/api/v1/frames', { tag: 'panel.camera', at, width, height, celsius });
      expect(taken.status).toBe(200);
      await waitFor('the frame to be stored', async () => {
        const { items } = (await test.call('GET', '/api/v1/assets/panel/frames')).body;
        return items[0]?.at === new Date(at).toISOString();
      });
      const picture = await fetch(`${test.url}/api/v1/tags/panel.camera/frames/newest/picture?width=400`, {
        headers: { authorization: `Bearer ${test.adminKey}` },
      });
      expect(picture.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
      const svg = await picture.text();
      // 28 + 34 (1 + 4 e^-¼ + 4 e^-√2/4) / 9
      expect(svg).toContain('hot spot 54.2 °C at 8, 9');
      expect(svg).toContain('>l1 54.2 °C<');
      expect(svg.match(/class="region"/g)).toHaveLength(2);
      const nobody = await fetch(`${test.url}/api/v1/tags/panel.camera/frames/newest/picture`);
      expect(nobody.status).toBe(401);

      await page.goto(`${test.url}/#/asset/panel`);
      const shown = page.getByRole('img', { name: 'Thermal frame of Camera' });
      await shown.waitFor();
      await waitFor('the picture', () => shown.evaluate(isLoaded));
      await shown.scrollIntoViewIfNeeded();
      await page.getByTestId('health').filter({ hasText: '0.38' }).waitFor(); // beyond a limit that has no next one
      await phone.screenshot('console-390-frame');
      expect(await sideways()).toBe(0);

      const alert = await alertOf('panel-hot');
      const { picture: path } = (await test.call('GET', `/api/v1/alerts/${alert.id}`)).body;
      const evidence = await waitFor('the picture of the alert to be stored', async () => {
        const answer = await fetch(`${test.url}${path}?width=400`, {
          headers: { authorization: `Bearer ${test.adminKey}` },
        });
        return answer.ok && answer;
      });
      expect(await evidence.text()).toBe(svg);
      await page.goto(`${test.url}/#/alert/${alert.id}`);
      const seen = page.getByRole('img', { name: 'What the alert was seen in' });
      await seen.waitFor();
      await waitFor('the picture of the alert', () => seen.evaluate(isLoaded));
      await seen.scrollIntoViewIfNeeded();
      await phone.screenshot('console-390-alert-frame');
      expect(await sideways()).toBe(0);
      expect(phone.complaints).toEqual([]);
    });
  },
);

/** Runs in the page, on an image. */
function isLoaded(image: unknown): boolean {
  const { complete, naturalWidth } = image as { complete: boolean; naturalWidth: number };
  return complete && naturalWidth > 0;
}

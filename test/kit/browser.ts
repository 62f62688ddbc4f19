import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page, type Request } from 'playwright-core';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser beside a plant, a database and whatever else is done takes its time. */
const PATIENCE_MS = 60_000;

/** Runs in the page, before anything of its own. */
const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) =>
  reportViolation([event.violatedDirective, event.blockedURI, event.sourceFile].join(' ')));`;

/** A page of its own browser profile, and what it complained about so far. */
export interface WatchedPage {
  readonly page: Page;
  /**
   * Everything a healthy page does not do: errors, breaches of its content security policy, dialogs, requests that
   * failed, were refused or went to another host.
   */
  readonly complaints: readonly string[];
  /** Saves what is on the screen in `test-results/<name>.png`. */
  screenshot(name: string): Promise<void>;
}

/** Starts a browser without a window and with an empty profile. */
export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS, timeout: PATIENCE_MS });
}

/** Opens an empty page of a new profile; `expected` are answers of the service, `401 /path`, that are no complaint. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions & { readonly origin: string; readonly expected?: readonly string[] },
): Promise<WatchedPage> {
  const { origin, expected = [], ...contextOptions } = options;
  const context = await browser.newContext(contextOptions);
  context.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  const isExpected = (url: string) => expected.some((one) => url === `${origin}${one.slice('401 '.length)}`);
  await context.exposeFunction('reportViolation', (text: string) => void complaints.push(`policy: ${text}`));
  await context.addInitScript({ content: REPORT_VIOLATIONS });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`error: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isExpected(message.location().url))
      complaints.push(`console: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const abandoned = followPictures(page);
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) complaints.push(`foreign request: ${url}`);
  });
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // Leaving a page ends its event stream.
    const isLeaving = request.resourceType() === 'eventsource' || abandoned(request);
    if (reason !== 'net::ERR_ABORTED' || !isLeaving)
      complaints.push(`request failed: ${request.method()} ${request.url()} ${reason}`);
  });
  page.on('response', (response) => {
    const answer = `${response.status()} ${new URL(response.url()).pathname}`;
    if (response.status() >= 400 && !expected.includes(answer)) complaints.push(`answer: ${answer}`);
  });
  return {
    page,
    complaints,
    screenshot: async (name) => {
      const folder = join(import.meta.dirname, '..', '..', 'test-results');
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${name}.png`) });
    },
  };
}

/** Answers of a picture whether the page that asked for it was left meanwhile, or has asked for another since. */
function followPictures(page: Page): (request: Request) => boolean {
  const asked = new Map<Request, { readonly url: string; readonly leavings: number; readonly turn: number }>();
  let leavings = 0;
  let turn = 0;
  page.on('request', (request) => {
    if (request.isNavigationRequest()) leavings += 1;
    if (request.resourceType() !== 'image' || request.redirectedFrom() !== null) return;
    turn += 1;
    asked.set(request, { url: page.url(), leavings, turn });
  });
  return (request) => {
    let first = request;
    for (let from = first.redirectedFrom(); from !== null; from = first.redirectedFrom()) first = from;
    const begin = asked.get(first);
    if (begin === undefined) return false;
    return page.isClosed() || begin.url !== page.url() || begin.leavings < leavings || begin.turn < turn;
  };
}

/** How the page stands to the service. */
export type Link = 'connecting' | 'connected' | 'reconnecting' | 'signed out';

/** Names of the events of the stream. */
export const LIVE_EVENTS = ['readings', 'alert', 'workOrder', 'delivery', 'source'] as const;

export type LiveEvent = (typeof LIVE_EVENTS)[number];

/** What `followLive` needs; the page gives the browser's own, a test its stand-ins. */
export interface LiveOptions {
  readonly open: () => EventSource;
  /** Answers whether the service is there and still knows us. Never rejects. */
  readonly probe: () => Promise<'signed in' | 'signed out' | 'no answer'>;
  readonly onLink: (link: Link) => void;
  /** Called after every connect, the first included: what happened in between must be fetched. */
  readonly onConnected: () => void;
  readonly onEvent: (event: LiveEvent, body: string) => void;
  readonly nowMs: () => number;
  /** Stops everything. */
  readonly signal: AbortSignal;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;
/** A quiet plant and a dead link look the same: after this long without an event the service is asked. */
const SILENCE_MS = 20_000;
const WATCH_EVERY_MS = 5_000;

/**
 * Follows the event stream until the signal or the sign-out, and opens it again whenever it breaks. The browser's own
 * reconnect is not used: it gives up for good on the first answer that is not a stream, e.g. a proxy's 502.
 */
export function followLive(options: LiveOptions): void {
  let source: EventSource | null = null;
  let attempts = 0;
  let heardMs = options.nowMs();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isProbing = false;

  const connect = () => {
    source = options.open();
    source.onopen = () => {
      attempts = 0;
      heardMs = options.nowMs();
      options.onLink('connected');
      options.onConnected();
    };
    source.onerror = lost;
    for (const name of LIVE_EVENTS) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        heardMs = options.nowMs();
        options.onEvent(name, event.data);
      });
    }
  };

  const lost = () => {
    if (source === null || options.signal.aborted) return;
    close();
    options.onLink('reconnecting');
    const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts);
    attempts += 1;
    timer = setTimeout(() => void retry(), delayMs);
  };

  const retry = async () => {
    const answer = await options.probe();
    if (options.signal.aborted || source !== null) return;
    if (answer === 'signed out') stop('signed out');
    else connect();
  };

  const watch = async () => {
    if (source === null || isProbing || options.nowMs() - heardMs < SILENCE_MS) return;
    isProbing = true;
    const answer = await options.probe();
    isProbing = false;
    heardMs = options.nowMs();
    if (answer === 'signed out') stop('signed out');
    else if (answer === 'no answer') lost();
  };

  const close = () => {
    source?.close();
    source = null;
    clearTimeout(timer);
  };

  const stop = (link: Link | null) => {
    close();
    clearInterval(watchdog);
    if (link !== null) options.onLink(link);
  };

  const watchdog = setInterval(() => void watch(), WATCH_EVERY_MS);
  options.signal.addEventListener('abort', () => stop(null), { once: true });
  options.onLink('connecting');
  connect();
}

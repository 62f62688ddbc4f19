import { sayDuration } from '../../src/model/duration.ts';
import { type AdapterContext, AdapterError } from '../adapter.ts';

/** Resolves when `signal` aborts; listens until `over` does. */
export function abortOf(signal: AbortSignal, over: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { once: true, signal: over });
  });
}

/**
 * Waits for `open`: how long that took, ms, or `null` when it was stopped first.
 * @throws AdapterError when the link breaks, or there is no answer in time; told to `observe` then.
 */
export async function untilOpen(
  open: Promise<unknown>,
  link: {
    readonly aborted: Promise<'aborted'>;
    readonly broken: Promise<AdapterError>;
    readonly over: AbortSignal;
    readonly config: { readonly url: string; readonly timeout: number };
    readonly ctx: Pick<AdapterContext, 'clock' | 'observe'>;
  },
): Promise<number | null> {
  const { aborted, broken, over, config, ctx } = link;
  const { url, timeout } = config;
  const tooLate = ctx.clock
    .sleep(timeout, over)
    .then(() => new AdapterError('connection_timeout', `no answer from ${url} within ${sayDuration(timeout)}`));
  const startedAt = ctx.clock.now();
  const opening = await Promise.race([aborted, broken, open.then(() => 'open' as const), tooLate]);
  const ms = ctx.clock.now() - startedAt;
  if (opening instanceof AdapterError) {
    ctx.observe({ code: opening.code, ms });
    throw opening;
  }
  return opening === 'open' ? ms : null;
}

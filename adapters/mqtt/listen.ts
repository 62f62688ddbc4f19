import { randomBytes } from 'node:crypto';
import { AdapterError, type AskContext } from '../adapter.ts';
import { Link } from './link.ts';
import type { Published } from './publish-stream.ts';
import { prepareSession } from './session.ts';
import type { MqttConfig } from './settings.ts';

/** What is listened to, and until when. */
export interface Listening {
  readonly filters: readonly string[];
  /** Called with each message; `enough` ends it. The payload belongs to the receiver only during the call. */
  readonly take: (message: Published) => 'more' | 'enough';
  readonly ctx: AskContext;
}

/**
 * Listens at a broker for as long as `timeout` says, in a session of its own that leaves nothing behind: the service that
 * runs keeps its own. With QoS 0, for nothing is kept. What the broker says of each filter, as `Link.ask` does.
 * @throws AdapterError when the broker can't be asked
 */
export async function listen(
  config: MqttConfig,
  { filters, take, ctx }: Listening,
): Promise<readonly (string | null)[]> {
  const clientId = `millwright-ask-${randomBytes(4).toString('hex')}`;
  const session = await prepareSession({ ...config, clientId, cleanSession: true }, filters);
  const { MqttClient } = await import('mqtt');
  const over = new AbortController();
  let hasEnough = () => {};
  const enough = new Promise<'enough'>((resolve) => {
    hasEnough = () => resolve('enough');
  });
  const link = new Link(MqttClient, {
    url: config.url,
    session,
    receive: (message, next) => {
      if (take(message) === 'enough') hasEnough();
      next();
    },
    maxPayload: config.maxPayload,
    isBlocked: () => false,
    clock: ctx.clock,
  });
  try {
    const aborted = new Promise<readonly string[]>((resolve) => {
      if (ctx.signal.aborted) resolve([]);
      ctx.signal.addEventListener('abort', () => resolve([]), { once: true, signal: over.signal });
    });
    const late = ctx.clock
      .sleep(config.timeout, over.signal)
      .then(() => new AdapterError('connection_timeout', `no answer from ${config.url}`));
    const answers = await Promise.race([aborted, link.broken, link.ask(filters, 0), late]);
    if (answers instanceof AdapterError) throw answers;
    if (answers.some((answer) => answer === null)) {
      const end = await Promise.race([aborted, link.broken, enough, ctx.clock.sleep(config.timeout, over.signal)]);
      if (end instanceof AdapterError) throw end;
    }
    await link.close('politely');
    return answers;
  } finally {
    over.abort();
    await link.close('at once');
  }
}

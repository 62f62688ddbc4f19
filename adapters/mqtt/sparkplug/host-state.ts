import type { EpochMs } from '../../adapter.ts';
import type { Config } from './settings.ts';

/** How a host says whether it is online. All three are published with QoS 1 and retained. */
export interface HostState {
  readonly topic: string;
  /** Said after connecting, and again when somebody says otherwise. */
  readonly online: string;
  /** Given to the broker as will. It carries the time of `online`, or edge nodes would take it for one of an earlier session. */
  readonly will: string;
  /** Said before leaving. */
  offline(now: EpochMs): string;
}

/** The words for one connection, made before it is dialled; `null` when the host does not say. Sparkplug 3.0.0, §6.4.26; 2.2, §6.3. */
export function hostState(
  { state, hostId }: Pick<Config, 'state' | 'hostId'>,
  connectingAt: EpochMs,
): HostState | null {
  switch (state) {
    case 'none':
      return null;
    case 'v2':
      return { topic: `STATE/${hostId}`, online: 'ONLINE', will: 'OFFLINE', offline: () => 'OFFLINE' };
    case 'v3': {
      const say = (online: boolean, timestamp: EpochMs) => JSON.stringify({ online, timestamp: Math.round(timestamp) });
      return {
        topic: `spBv1.0/STATE/${hostId}`,
        online: say(true, connectingAt),
        will: say(false, connectingAt),
        // Never before the birth: the clock may have been set back meanwhile.
        offline: (now) => say(false, Math.max(now, connectingAt)),
      };
    }
  }
}

/** Whether a message on our own topic says that we are offline. */
export function saysOffline(payload: Buffer | null): boolean {
  if (payload === null) return false;
  const text = payload.toString('utf8');
  return text === 'OFFLINE' || /"online"\s*:\s*false/.test(text);
}

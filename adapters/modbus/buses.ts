import { AdapterError } from '../adapter.ts';
import { Bus } from './bus.ts';
import { type Endpoint, sayEndpoint } from './line.ts';

/** The use of a bus; give it back, so that the last user's going closes it. */
export interface Lease {
  readonly bus: Bus;
  release(): Promise<void>;
}

interface Shared {
  readonly bus: Bus;
  readonly settings: string;
  users: number;
}

/**
 * The buses that are in use, by place: sources that name the same `host:port` or the same serial path share one
 * connection and one queue. Two masters who do not know of each other spoil each other's answers on a line, and many
 * devices allow one connection.
 */
export class Buses {
  readonly #shared = new Map<string, Shared>();

  /** The bus at a place. Throws when somebody uses it with other settings of the line. */
  lease(endpoint: Endpoint, silenceMs: number): Lease {
    const place = sayEndpoint(endpoint);
    const settings = JSON.stringify(endpoint);
    const known = this.#shared.get(place);
    if (known && known.settings !== settings) {
      const message = `${place} is used by two sources with different settings of transport or line`;
      throw new AdapterError('adapter_failed', message);
    }
    const shared = known ?? { bus: new Bus(endpoint, silenceMs), settings, users: 0 };
    this.#shared.set(place, shared);
    shared.users++;
    return { bus: shared.bus, release: () => this.#release(place, shared) };
  }

  async #release(place: string, shared: Shared): Promise<void> {
    shared.users--;
    if (shared.users > 0) return;
    await shared.bus.close();
    // Somebody may have come while it closed: the same bus then opens again.
    if (shared.users === 0 && this.#shared.get(place) === shared) this.#shared.delete(place);
  }
}

import type { ServerResponse } from 'node:http';

/** What people can watch live. */
export type LiveEventName = 'readings' | 'alert' | 'workOrder' | 'delivery' | 'source';

const HEARTBEAT_MS = 15_000;
/** A reader that lets this much pile up is cut off; its browser reconnects and reads the present state again. */
const MAX_WAITING_BYTES = 1024 * 1024;
const MAX_CLIENTS = 500;

interface Client {
  readonly response: ServerResponse;
  /** Answers whether the caller may still watch. */
  readonly isAllowed: () => Promise<boolean>;
}

/** Sends live events to everybody who listens, as server-sent events (WHATWG HTML, "Server-sent events"). */
export class LiveEvents {
  readonly #clients = new Set<Client>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor() {
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Whether anybody listens: nothing needs to be put together otherwise. */
  get hasClients(): boolean {
    return this.#clients.size > 0;
  }

  /** Whether one more may listen. */
  get isFull(): boolean {
    return this.#clients.size >= MAX_CLIENTS;
  }

  /** Takes over a response whose headers are not sent yet. */
  add(client: Client): void {
    const { response } = client;
    if (response.destroyed) return; // gone while its key was looked up: its end would never be told
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      connection: 'keep-alive',
      'x-accel-buffering': 'no',
    });
    response.write('retry: 2000\n\n');
    this.#clients.add(client);
    response.on('close', () => this.#clients.delete(client));
  }

  /** Sends one event to all. */
  send(name: LiveEventName, data: unknown): void {
    if (this.#clients.size === 0) return;
    const text = `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const client of this.#clients) this.#write(client, text);
  }

  /** Ends all streams: a server does not close while they are open. */
  close(): void {
    clearInterval(this.#heartbeat);
    for (const { response } of this.#clients) response.end();
    this.#clients.clear();
  }

  async #beat(): Promise<void> {
    for (const client of [...this.#clients]) {
      // A database that is away is no reason to cut people off.
      const isAllowed = await client.isAllowed().catch(() => true);
      if (isAllowed) this.#write(client, ': still here\n\n');
      else this.#drop(client);
    }
  }

  #write(client: Client, text: string): void {
    if (client.response.writableLength > MAX_WAITING_BYTES) this.#drop(client);
    else client.response.write(text);
  }

  #drop(client: Client): void {
    this.#clients.delete(client);
    client.response.destroy();
  }
}

import { batch } from '@preact/signals';
import { API, type Client, createClient, RequestError } from '../link/client.ts';
import { followLive, type Link, type LiveEvent } from '../link/live.ts';
import { applyAnswer, applyEvent, applyJobAnswer } from './apply-event.ts';
import { fetchState } from './fetch-state.ts';
import type { JobAct } from './job-act.ts';
import { loadTrends } from './load-trends.ts';
import { createPlantState, type PlantState } from './plant-state.ts';
import { parseRoute } from './route.ts';

/** The page's state and what a person can do with it. */
export interface Console {
  readonly state: PlantState;
  readonly client: Client;
  /** Asks who is signed in and, when somebody is, goes live. */
  start(): Promise<void>;
  /** Trades an API key for a session and goes live. Throws `RequestError` when the key is refused. */
  signIn(key: string): Promise<void>;
  signOut(): Promise<void>;
  /** Fetches everything again; trouble is shown, not thrown. */
  refresh(): Promise<void>;
  /** Acknowledges an alert. Progress and refusal are in `state.acknowledging`; never throws. */
  acknowledge(id: string, note: string | null): Promise<void>;
  /** Lets go of a latched alert. Progress and refusal are in `state.resetting`; never throws. */
  reset(id: string, note: string | null): Promise<void>;
  /** Starts, completes or cancels a job. Progress and refusal are in `state.acting`; never throws. */
  actOnJob(id: string, act: JobAct): Promise<void>;
}

/** Events kept while a fetch is under way; beyond that the fetch is simply repeated. */
const MAX_HELD_EVENTS = 2_000;
/** Pause before a fetch that failed, or that readings of unknown tags ask for. */
const REFRESH_PAUSE_MS = 3_000;
/** Least time between two fetches that unknown tags ask for: some tags may never be listed. */
const GROWTH_EVERY_MS = 30_000;

/** Wires the state to the API and to the browser's address. One per page. */
export function createConsole(): Console {
  const state = createPlantState(Date.now(), parseRoute(location.hash));
  const client = createClient({
    csrfToken: () => state.session.peek()?.csrfToken ?? null,
    onSignedOut: () => leave(),
  });
  let live: AbortController | null = null;
  let held: { event: LiveEvent; body: string }[] | null = null;
  let soon: ReturnType<typeof setTimeout> | null = null;
  let fetchedMs = 0;
  let isOutdated = false;

  async function refresh(): Promise<void> {
    // One fetch at a time; one that is asked for meanwhile may have to see what the first has missed.
    if (held !== null) {
      isOutdated = true;
      return;
    }
    held = [];
    isOutdated = false;
    try {
      await fetchState(client, state);
      state.trouble.value = null;
      void loadTrends(client, state);
    } catch (error) {
      state.trouble.value = messageOf(error);
      if (live !== null) refreshIn(REFRESH_PAUSE_MS);
    }
    fetchedMs = Date.now();
    const waiting = held;
    held = null;
    batch(() => {
      for (const { event, body } of waiting) take(event, body);
    });
    if (isOutdated || waiting.length >= MAX_HELD_EVENTS) await refresh();
  }

  /** Puts an event into the state; while a fetch is under way it waits, or the older answer would overwrite it. */
  function take(event: LiveEvent, body: string): void {
    if (held !== null) {
      if (held.length < MAX_HELD_EVENTS) held.push({ event, body });
      return;
    }
    try {
      if (applyEvent(state, event, body) === 'unknown tags')
        refreshIn(Math.max(REFRESH_PAUSE_MS, fetchedMs + GROWTH_EVERY_MS - Date.now()));
    } catch (error) {
      state.trouble.value = `A live event (${event}) could not be read: ${messageOf(error)}`;
    }
  }

  function refreshIn(delayMs: number): void {
    if (soon !== null) return;
    soon = setTimeout(() => {
      soon = null;
      if (live !== null) void refresh();
    }, delayMs);
  }

  function follow(): void {
    live?.abort();
    live = new AbortController();
    followLive({
      open: () => new EventSource(`${API}/events`, { withCredentials: true }),
      probe,
      onLink,
      onConnected: () => void refresh(),
      onEvent: (event, body) => batch(() => take(event, body)),
      nowMs: () => Date.now(),
      signal: live.signal,
    });
  }

  function onLink(link: Link): void {
    state.link.value = link;
    if (link === 'connected') state.notLiveSinceMs.value = null;
    else state.notLiveSinceMs.value ??= Date.now();
  }

  async function probe(): Promise<'signed in' | 'signed out' | 'no answer'> {
    try {
      state.session.value = await client.session();
      return 'signed in';
    } catch (error) {
      return error instanceof RequestError && error.status === 401 ? 'signed out' : 'no answer';
    }
  }

  function leave(): void {
    live?.abort();
    live = null;
    state.session.value = null;
    onLink('signed out');
  }

  return {
    state,
    client,
    refresh,
    async start() {
      const answer = await probe();
      // Without an answer the live link keeps trying, so the page comes up by itself when the service does.
      if (answer !== 'signed out') follow();
      if (answer === 'no answer') {
        state.session.value = undefined;
        state.trouble.value = 'Millwright does not answer. Trying again.';
      }
    },
    async signIn(key) {
      state.session.value = await client.signIn(key);
      follow();
    },
    async signOut() {
      try {
        await client.signOut();
      } catch (error) {
        state.trouble.value = messageOf(error);
        return;
      }
      leave();
    },
    acknowledge: (id, note) =>
      carryOut(id, state.acknowledging, async () => {
        const before = state.alerts.peek().get(id);
        applyAnswer(state, await client.acknowledge(id, note), before);
      }),
    reset: (id, note) =>
      carryOut(id, state.resetting, async () => {
        const before = state.alerts.peek().get(id);
        applyAnswer(state, await client.reset(id, note), before);
      }),
    actOnJob: (id, act) =>
      carryOut(id, state.acting, async () => {
        const before = state.workOrders.peek().get(id);
        applyJobAnswer(state, await client.actOnJob(id, act), before);
      }),
  };

  /** Does something about an alert or a job, one of a kind at a time. */
  async function carryOut(id: string, progress: Progress, work: () => Promise<void>): Promise<void> {
    if (progress.peek().get(id) === 'sending') return;
    mark(progress, id, 'sending');
    try {
      await work();
      mark(progress, id, null);
    } catch (error) {
      mark(progress, id, messageOf(error));
    }
  }
}

type Progress = PlantState['acknowledging'];

function mark(progress: Progress, id: string, now: string | null): void {
  const next = new Map(progress.peek());
  if (now === null) next.delete(id);
  else next.set(id, now);
  progress.value = next;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong in this page.';
}

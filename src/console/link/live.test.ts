import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { followLive, type LiveOptions } from './live.ts';

/** Stands in for the browser's EventSource, which Node 20 does not have. */
class Stream extends EventTarget {
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  isClosed = false;
  close() {
    this.isClosed = true;
  }
}

function follow(probe: LiveOptions['probe'] = async () => 'signed in') {
  const streams: Stream[] = [];
  const links: string[] = [];
  const events: string[] = [];
  const stopper = new AbortController();
  let connects = 0;
  followLive({
    open: () => {
      const stream = new Stream();
      streams.push(stream);
      return stream as unknown as EventSource; // only what followLive uses
    },
    probe,
    onLink: (link) => links.push(link),
    onConnected: () => {
      connects += 1;
    },
    onEvent: (event, body) => events.push(`${event} ${body}`),
    nowMs: () => Date.now(),
    signal: stopper.signal,
  });
  return { streams, links, events, stopper, connects: () => connects };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the live link', () => {
  test('hands on events and asks for a fetch on every connect', async () => {
    const live = follow();
    live.streams[0]?.onopen?.();
    live.streams[0]?.dispatchEvent(new MessageEvent('alert', { data: '{}' }));
    expect(live.events).toEqual(['alert {}']);
    live.streams[0]?.onerror?.();
    await vi.advanceTimersByTimeAsync(1_000);
    live.streams[1]?.onopen?.();
    expect(live.connects()).toBe(2);
    expect(live.links).toEqual(['connecting', 'connected', 'reconnecting', 'connected']);
    live.stopper.abort();
  });

  test('waits longer after every failure, up to 15 seconds', async () => {
    const live = follow();
    for (let attempt = 0; attempt < 8; attempt += 1) {
      live.streams.at(-1)?.onerror?.();
      await vi.advanceTimersByTimeAsync(Math.min(15_000, 1_000 * 2 ** attempt) - 1);
      expect(live.streams).toHaveLength(attempt + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(live.streams).toHaveLength(attempt + 2);
    }
    live.stopper.abort();
  });

  test('ends when the session has ended', async () => {
    const live = follow(async () => 'signed out');
    live.streams[0]?.onerror?.();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(live.streams).toHaveLength(1);
    expect(live.links.at(-1)).toBe('signed out');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that is silent and gets no answer counts as lost', async () => {
    const live = follow(async () => 'no answer');
    live.streams[0]?.onopen?.();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(live.streams[0]?.isClosed).toBe(true);
    expect(live.links).toContain('reconnecting');
    live.stopper.abort();
  });

  test('that is silent while the service answers is left alone', async () => {
    const live = follow();
    live.streams[0]?.onopen?.();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(live.streams).toHaveLength(1);
    expect(live.links.at(-1)).toBe('connected');
    live.stopper.abort();
  });

  test('leaves no timer and no open stream when it is stopped', async () => {
    const live = follow();
    live.streams[0]?.onopen?.();
    live.stopper.abort();
    expect(live.streams[0]?.isClosed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

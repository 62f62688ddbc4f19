import { describe, expect, it } from 'vitest';
import { begin, createRunningWatch, type Overrun, type RunningWatch, rest, Watchdog } from './watchdog.ts';

/** Looks again and again, and before each look does what the engine would do in that time. */
function watch(work: (running: RunningWatch, look: number) => void, looks = 40): Overrun | null {
  const running = createRunningWatch();
  const watchdog = new Watchdog(running);
  for (let look = 0; look < looks; look++) {
    work(running, look);
    const overrun = watchdog.look();
    if (overrun) return overrun;
  }
  return null;
}

describe('the watchdog', () => {
  it('names the watch that does not come to an end', () => {
    const overrun = watch((running, look) => {
      if (look === 0) begin(running, 7);
    });
    expect(overrun).toEqual({ watch: 7, reason: 'it had not finished with one reading after 500 ms' });
  });

  it('says nothing about an engine that has nothing to do', () => {
    expect(watch(() => undefined)).toBeNull();
    const once = watch((running, look) => {
      if (look === 0) begin(running, 7);
      else rest(running);
    });
    expect(once).toBeNull();
  });

  it('says nothing about a watch that is busy with many readings', () => {
    const busy = watch((running) => {
      for (let i = 0; i < 50; i++) begin(running, 7);
    });
    expect(busy).toBeNull();
  });

  it('names a watch that needs long for each reading, all the time', () => {
    const slow = watch((running) => {
      for (let i = 0; i < 3; i++) begin(running, 7);
    });
    expect(slow).toEqual({ watch: 7, reason: 'it needs more than 10 ms for each reading' });
  });

  it('waits for one that needed long now and then', () => {
    const now = watch((running, look) => {
      for (let i = 0; i < (look % 5 === 0 ? 30 : 3); i++) begin(running, 7);
    });
    expect(now).toBeNull();
  });

  it('goes on counting when the counter wraps', () => {
    const running = createRunningWatch();
    running[1] = 2 ** 31 - 1;
    const watchdog = new Watchdog(running);
    watchdog.look();
    for (let i = 0; i < 50; i++) begin(running, 0);
    for (let look = 0; look < 20; look++) {
      for (let i = 0; i < 50; i++) begin(running, 0);
      expect(watchdog.look()).toBeNull();
    }
  });
});

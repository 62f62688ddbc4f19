import { useEffect, useState } from 'preact/hooks';
import { useConsole } from './console-context.ts';

/** What is heard changes without an alert, too. */
const REFRESH_MS = 60_000;

/** What was asked for of the health of assets: `null` until it is there, and again when it can't be had. */
export function useHealth<T>(ask: () => Promise<T>, of: string): T | null {
  const { state } = useConsole();
  const [answer, setAnswer] = useState<{ readonly of: string; readonly said: T | null } | null>(null);
  const minute = Math.floor(state.nowMs.value / REFRESH_MS);
  const alerts = [...state.activeByAsset.value.values()]
    .flat()
    .map(({ id, state, level }) => `${id} ${state} ${level}`)
    .join();
  useEffect(() => {
    let isGone = false;
    const say = (said: T | null) => isGone || setAnswer({ of, said });
    ask().then(say, () => say(null)); // nothing is said rather than what was true once
    return () => {
      isGone = true;
    };
  }, [of, minute, alerts, state.fetches.value]);
  return answer?.of === of ? answer.said : null;
}

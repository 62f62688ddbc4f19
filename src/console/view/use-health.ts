import { useEffect, useState } from 'preact/hooks';
import { createPacedAsk, type PacedAsk } from '../link/paced-ask.ts';
import { alertMarks } from '../state/alert-marks.ts';
import { useConsole } from './console-context.ts';

/** What is heard changes without an alert, too. */
const REFRESH_MS = 60_000;
/** When alerts come in a flood every page of everybody asks this often and no more: it takes work to answer. */
const LEAST_PAUSE_MS = 5_000;

/**
 * What was asked for of the health of an asset, or of all where `of` is `null`: `null` until it is there. When it can't be had what was known
 * last stays; the header says when the page is not live.
 */
export function useHealth<T>(ask: () => Promise<T>, of: string | null): T | null {
  const { state } = useConsole();
  const [answer, setAnswer] = useState<{ readonly of: string | null; readonly said: T } | null>(null);
  const [asking, setAsking] = useState<PacedAsk | null>(null);
  const minute = Math.floor(state.nowMs.value / REFRESH_MS);
  const marks = alertMarks(of, state.activeByAsset.value, state.assets.value);
  useEffect(() => {
    const paced = createPacedAsk(ask, { everyMs: LEAST_PAUSE_MS, tell: (said) => setAnswer({ of, said }) });
    setAsking(paced);
    return () => paced.stop();
  }, [of]);
  useEffect(() => asking?.want(), [asking, minute, marks, state.fetches.value]);
  return answer?.of === of ? answer.said : null;
}

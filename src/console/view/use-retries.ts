import { useEffect, useRef, useState } from 'preact/hooks';

/** A service that says "not yet" for longer than this many times has another trouble. */
const MAX_ATTEMPTS = 30;
const PAUSE_MS = 2_000;

/** How far the loading of a picture is. */
export interface Retries {
  /** Counts up with each attempt to load it: an `img` with another key loads again. */
  readonly attempt: number;
  /** There is no such picture, or it did not come in time. */
  readonly isMissing: boolean;
  /** To be called when it could not be loaded. */
  readonly onError: () => void;
}

/** Loads a picture again for as long as the service says that it has it, but not yet (503): an `img` does not say why it failed. */
export function useRetries(picture: string): Retries {
  const [at, setAt] = useState({ picture, attempt: 0, isMissing: false });
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const now = at.picture === picture ? at : { picture, attempt: 0, isMissing: false };
  const newest = useRef(picture);
  newest.current = picture;
  useEffect(
    () => () => {
      newest.current = '';
      clearTimeout(waiting.current);
    },
    [],
  );
  const onError = async (): Promise<void> => {
    const attempt = now.attempt + 1;
    const status = attempt > MAX_ATTEMPTS ? null : await statusOf(picture);
    if (newest.current !== picture) return;
    if (status !== 503 && status !== 200) return setAt({ picture, attempt, isMissing: true });
    waiting.current = setTimeout(() => setAt({ picture, attempt, isMissing: false }), PAUSE_MS);
  };
  return { attempt: now.attempt, isMissing: now.isMissing, onError: () => void onError() };
}

/** HTTP status of a picture; `null` without an answer. */
async function statusOf(picture: string): Promise<number | null> {
  try {
    return (await fetch(picture, { credentials: 'same-origin', cache: 'no-store' })).status;
  } catch {
    return null; // the link tells that the service is away
  }
}

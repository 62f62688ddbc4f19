import { useEffect, useState } from 'preact/hooks';
import { useConsole } from './console-context.ts';

/** What there is of waveforms or thermal frames, or why it is not known. */
export interface Captures<T> {
  readonly entries: readonly T[];
  readonly trouble: string | null;
}

/** A new waveform comes every few minutes or hours; whoever waits for it beside the machine sees it this soon. */
const AGAIN_EVERY_MS = 30_000;

/** Asks for the newest captures of an asset, again and again. `load` must be one and the same function. */
export function useCaptures<T>(asset: string, load: (asset: string) => Promise<readonly T[]>): Captures<T> {
  const { state } = useConsole();
  const [captures, setCaptures] = useState<Captures<T>>({ entries: [], trouble: null });
  useEffect(() => {
    let isGone = false;
    const ask = () => {
      load(asset).then(
        (entries) => isGone || setCaptures({ entries, trouble: null }),
        (error: Error) => isGone || setCaptures((known) => ({ ...known, trouble: error.message })),
      );
    };
    ask();
    const asking = setInterval(ask, AGAIN_EVERY_MS);
    return () => {
      isGone = true;
      clearInterval(asking);
    };
  }, [asset, load, state.fetches.value]);
  return captures;
}

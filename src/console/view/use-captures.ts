import { useEffect, useState } from 'preact/hooks';
import { useConsole } from './console-context.ts';

/** What there is of waveforms or thermal frames, or why it is not known. */
export interface Captures<T> {
  readonly entries: readonly T[];
  readonly trouble: string | null;
}

/** Asks for the newest captures of an asset, again after every complete fetch. `load` must be one and the same function. */
export function useCaptures<T>(asset: string, load: (asset: string) => Promise<readonly T[]>): Captures<T> {
  const { state } = useConsole();
  const [captures, setCaptures] = useState<Captures<T>>({ entries: [], trouble: null });
  useEffect(() => {
    let isGone = false;
    load(asset).then(
      (entries) => isGone || setCaptures({ entries, trouble: null }),
      (error: Error) => isGone || setCaptures({ entries: [], trouble: error.message }),
    );
    return () => {
      isGone = true;
    };
  }, [asset, load, state.fetches.value]);
  return captures;
}

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Console } from '../state/console.ts';

/** Carries the page's state and actions to every component. */
export const ConsoleContext = createContext<Console | null>(null);

/** Hands a component the page's state and actions. Throws outside of `ConsoleContext`. */
export function useConsole(): Console {
  const found = useContext(ConsoleContext);
  if (found === null) throw new Error('this component needs a ConsoleContext above it');
  return found;
}

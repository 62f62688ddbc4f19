import type { Link } from '../link/live.ts';
import { useConsole } from './console-context.ts';

const WORDS: Readonly<Record<Link, string>> = {
  connecting: 'Connecting',
  connected: 'Connected',
  reconnecting: 'Reconnecting',
  'signed out': 'Signed out',
};

/** Says whether what is on the page is live, by shape and word. */
export function LiveIndicator() {
  const { state } = useConsole();
  const link = state.link.value;
  return (
    <span class={`live live-${link.replace(' ', '-')}`} data-testid="live-indicator" data-state={link} role="status">
      <span class="live-lamp" aria-hidden="true" />
      {WORDS[link]}
    </span>
  );
}

/** Warns, as long as the page is not live, that what it shows is from before. */
export function NotLiveBanner() {
  const { state } = useConsole();
  const sinceMs = state.notLiveSinceMs.value;
  if (state.link.value !== 'reconnecting' || sinceMs === null) return null;
  return (
    <p class="banner" role="alert">
      Not live. What you see is from {state.clock.value.time(sinceMs)}; trying to reconnect.
    </p>
  );
}

import { useEffect } from 'preact/hooks';
import { awaitsAcknowledgement, neighbour } from '../state/alert-order.ts';
import type { Console } from '../state/console.ts';
import { mayAct } from '../state/may-act.ts';
import { linkTo } from '../state/route.ts';
import { alertLinkId } from './alert-item.tsx';
import { useConsole } from './console-context.ts';
import { type Shortcut, shortcutOf } from './shortcuts.ts';

/** What the help dialog offers to the keyboard. */
export interface HelpSwitch {
  readonly isOpen: () => boolean;
  readonly toggle: (to: 'open' | 'closed') => void;
}

/** Makes the page's keys work as long as `areOn`; Esc and ? always do. */
export function useShortcuts(help: HelpSwitch, areOn: () => boolean): void {
  const console = useConsole();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isModified = event.ctrlKey || event.altKey || event.metaKey;
      const shortcut = shortcutOf({ key: event.key, isModified, focus: document.activeElement?.tagName ?? '' });
      if (shortcut === null || event.repeat) return;
      if (!areOn() && shortcut !== 'back' && shortcut !== 'help') return;
      if (help.isOpen() && shortcut !== 'back') return;
      event.preventDefault();
      perform(shortcut, console, help);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [console, help, areOn]);
}

function perform(shortcut: Shortcut, console: Console, help: HelpSwitch): void {
  switch (shortcut) {
    case 'acknowledge':
      acknowledgeCurrent(console);
      break;
    case 'next':
      moveTo(console, 1);
      break;
    case 'previous':
      moveTo(console, -1);
      break;
    case 'help':
      help.toggle('open');
      break;
    case 'back':
      if (help.isOpen()) help.toggle('closed');
      else location.hash = linkTo({ page: 'plant' });
  }
}

/** The open alert, else the selected one, else the first that waits. A named one that needs nothing is left alone. */
function acknowledgeCurrent({ state, acknowledge }: Console): void {
  const route = state.route.peek();
  const named = route.page === 'alert' ? route.id : state.selectedAlert.peek();
  const alert = named === null ? state.active.peek().find(awaitsAcknowledgement) : state.alerts.peek().get(named);
  if (!mayAct(state.session.peek())) return;
  if (alert !== undefined && awaitsAcknowledgement(alert)) void acknowledge(alert.id, null);
}

function moveTo({ state }: Console, step: 1 | -1): void {
  const route = state.route.peek();
  const from = route.page === 'alert' ? route.id : state.selectedAlert.peek();
  const alert = neighbour(state.active.peek(), from, step);
  if (alert === null) return;
  state.selectedAlert.value = alert.id;
  if (route.page === 'alert') location.hash = linkTo({ page: 'alert', id: alert.id });
  document.getElementById(alertLinkId(alert.id))?.focus();
}

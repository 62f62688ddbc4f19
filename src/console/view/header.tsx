import { linkTo, type Route } from '../state/route.ts';
import { isDown } from '../text/state-words.ts';
import { useConsole } from './console-context.ts';
import { LiveIndicator } from './live-indicator.tsx';

/** Heads every page: which plant this is, whether it is live, the time there, and who is signed in. */
export function Header({ onHelp }: { readonly onHelp: () => void }) {
  const { state, signOut } = useConsole();
  return (
    <header class="header">
      <a class="brand" href={linkTo({ page: 'plant' })}>
        <svg class="brand-sign" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
          <rect width="32" height="32" rx="7" />
          <path d="M4 19h5l3-9 5 14 4-10 2 5h5" />
        </svg>
        <span class="brand-name">{state.plant.value?.name ?? 'Millwright'}</span>
      </a>
      <Navigation />
      <div class="header-end">
        <LiveIndicator />
        <time class="header-clock" title={`Plant time, ${state.plant.value?.timezone ?? 'UTC'}`}>
          {state.clock.value.time(state.nowMs.value)}
        </time>
        <button
          type="button"
          class="button button-quiet header-help"
          onClick={onHelp}
          aria-label="Help and keyboard shortcuts"
        >
          ?
        </button>
        <button
          type="button"
          class="button button-quiet header-sign-out"
          onClick={() => void signOut()}
          title={`Signed in as ${state.session.value?.name ?? ''}`}
        >
          Sign out
        </button>
      </div>
    </header>
  );
}

/** The places of the console: in the header on a desk, at the thumb on a phone. */
function Navigation() {
  const { state } = useConsole();
  const page = state.route.value.page;
  const down = [...state.sources.value.values()].filter(isDown).length;
  const open = [...state.workOrders.value.values()].filter(
    (order) => order.state === 'open' || order.state === 'in progress',
  ).length;
  const isPlant = page === 'plant' || page === 'asset' || page === 'alert';
  return (
    <nav class="navigation" aria-label="Main">
      <NavigationLink
        to={{ page: 'plant' }}
        text="Plant"
        isHere={isPlant}
        badge={state.active.value.length}
        badgeMeans="active alerts"
      />
      <NavigationLink
        to={{ page: 'work-orders' }}
        text="Work orders"
        isHere={page === 'work-orders' || page === 'work-order'}
        badge={open}
        badgeMeans="to do"
      />
      <NavigationLink to={{ page: 'health' }} text="Health" isHere={page === 'health'} badge={0} badgeMeans="" />
      <NavigationLink
        to={{ page: 'sources' }}
        text="Sources"
        isHere={page === 'sources'}
        badge={down}
        badgeMeans="not reachable"
      />
    </nav>
  );
}

interface NavigationLinkProps {
  readonly to: Route;
  readonly text: string;
  readonly isHere: boolean;
  readonly badge: number;
  readonly badgeMeans: string;
}

function NavigationLink({ to, text, isHere, badge, badgeMeans }: NavigationLinkProps) {
  return (
    <a href={linkTo(to)} aria-current={isHere ? 'page' : undefined}>
      {text}
      {badge > 0 && (
        <span class="count">
          {badge}
          <span class="visually-hidden"> {badgeMeans}</span>
        </span>
      )}
    </a>
  );
}

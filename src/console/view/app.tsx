import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Route } from '../state/route.ts';
import { AlertList } from './alert-list.tsx';
import { AlertPage } from './alert-page.tsx';
import { AssetPage } from './asset-page.tsx';
import { useConsole } from './console-context.ts';
import { Header } from './header.tsx';
import { HealthPage } from './health-page.tsx';
import { Help } from './help.tsx';
import { NotLiveBanner } from './live-indicator.tsx';
import { PlantPage } from './plant-page.tsx';
import { SignIn } from './sign-in.tsx';
import { SourcesPage } from './sources-page.tsx';
import { useShortcuts } from './use-shortcuts.ts';
import { WorkOrderPage } from './work-order-page.tsx';
import { WorkOrdersPage } from './work-orders-page.tsx';

/** The whole page: the sign-in for a stranger, the console for everybody else. */
export function App() {
  const { state } = useConsole();
  const session = state.session.value;
  if (session === null) return <SignIn />;
  if (session === undefined && !state.isLoaded.value) {
    return (
      <main class="waiting">
        <p role="status">{state.trouble.value ?? 'Loading…'}</p>
      </main>
    );
  }
  return <SignedIn />;
}

function SignedIn() {
  const { state, refresh } = useConsole();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [areKeysOn, setKeysOn] = useState(true);
  const now = useRef({ isHelpOpen, areKeysOn });
  now.current = { isHelpOpen, areKeysOn };
  const help = useMemo(
    () => ({ isOpen: () => now.current.isHelpOpen, toggle: (to: 'open' | 'closed') => setHelpOpen(to === 'open') }),
    [],
  );
  const keys = useMemo(() => () => now.current.areKeysOn, []);
  useShortcuts(help, keys);
  useTitle();
  const route = state.route.value;
  return (
    <div class={`console link-${state.link.value.replace(' ', '-')}`}>
      <button type="button" class="skip button" onClick={skipToMain}>
        Skip to the plant
      </button>
      <Header onHelp={() => setHelpOpen(true)} />
      <NotLiveBanner />
      {state.trouble.value !== null && (
        <p class="banner" role="alert">
          {state.trouble.value}{' '}
          <button type="button" class="button" onClick={() => void refresh()}>
            Try again
          </button>
        </p>
      )}
      <div class="frame" data-page={route.page}>
        <aside class="alerts-pane">
          <AlertList />
        </aside>
        <main class="main-pane" id="main" tabIndex={-1}>
          <Page route={route} />
        </main>
      </div>
      <div class="visually-hidden" aria-live="assertive">
        {state.announcement.value}
      </div>
      <Help
        isOpen={isHelpOpen}
        onClose={() => setHelpOpen(false)}
        areKeysOn={areKeysOn}
        onKeys={(to) => setKeysOn(to === 'on')}
      />
    </div>
  );
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'plant':
      return <PlantPage />;
    case 'asset':
      return <AssetPage key={route.id} id={route.id} />;
    case 'alert':
      return <AlertPage key={route.id} id={route.id} />;
    case 'work-orders':
      return <WorkOrdersPage />;
    case 'work-order':
      return <WorkOrderPage key={route.id} number={route.id} />;
    case 'health':
      return <HealthPage />;
    case 'sources':
      return <SourcesPage />;
  }
}

/** A button and no link: what stands after `#` in the address is the route. */
function skipToMain(): void {
  document.getElementById('main')?.focus();
}

/** Puts the number of waiting alerts into the tab, where it is seen from another one. */
function useTitle(): void {
  const { state } = useConsole();
  const waiting = state.active.value.filter((alert) => alert.state !== 'acknowledged').length;
  const name = state.plant.value?.name ?? 'Millwright';
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) ${name}` : name;
  }, [waiting, name]);
}

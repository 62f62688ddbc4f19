import { useState } from 'preact/hooks';
import { useConsole } from './console-context.ts';
import { LiveIndicator } from './live-indicator.tsx';

/** Trades an API key for a session. The key goes into one request and is kept nowhere in the page. */
export function SignIn() {
  const { signIn } = useConsole();
  const [key, setKey] = useState('');
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const isLinkUsed = new URLSearchParams(location.search).get('link') === 'used';

  const submit = async (event: Event) => {
    event.preventDefault();
    setAsking(true);
    try {
      await signIn(key.trim());
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : 'The key was refused.');
      setAsking(false);
    }
  };

  return (
    <main class="sign-in">
      <form class="panel" onSubmit={(event) => void submit(event)}>
        <svg class="brand-sign" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
          <rect width="32" height="32" rx="7" />
          <path d="M4 19h5l3-9 5 14 4-10 2 5h5" />
        </svg>
        <h1>Millwright</h1>
        <LiveIndicator />
        <label class="note">
          <span>Paste an API key</span>
          <input
            type="password"
            name="key"
            required
            autocomplete="off"
            spellcheck={false}
            data-testid="sign-in-key"
            aria-describedby="sign-in-hint"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        {refusal !== null && (
          <p class="trouble" role="alert">
            {refusal}
          </p>
        )}
        <button
          type="submit"
          class="button button-primary button-wide"
          data-testid="sign-in"
          disabled={isAsking || key.trim() === ''}
        >
          {isAsking ? 'Signing in…' : 'Sign in'}
        </button>
        <p class="page-note" id="sign-in-hint">
          {isLinkUsed
            ? 'That login link has been used or is too old. Paste a key, or restart Millwright for a new link.'
            : 'Or open the login link that Millwright printed when it started.'}
        </p>
      </form>
    </main>
  );
}

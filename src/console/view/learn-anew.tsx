import { useState } from 'preact/hooks';
import { mayAct } from '../state/may-act.ts';
import { useConsole } from './console-context.ts';

/** Longest note, as the API takes it. */
const MAX_LENGTH = 2_000;

/**
 * Has a rule forget what it learnt, as the machine is another one now. Asks first: until it has learnt anew nobody watches in its place.
 * `said`: to be called when it is done.
 */
export function LearnAnew({ rule, said }: { readonly rule: string; readonly said: () => void }) {
  const { state, client } = useConsole();
  const [progress, setProgress] = useState<'closed' | 'open' | 'sending'>('closed');
  const [note, setNote] = useState('');
  const [trouble, setTrouble] = useState<string | null>(null);
  if (!mayAct(state.session.value)) return null;
  if (progress === 'closed')
    return (
      <button
        type="button"
        class="button button-quiet"
        data-testid={`learn-anew-${rule}`}
        aria-label={`Learn anew: ${rule}`}
        onClick={() => setProgress('open')}
      >
        Learn anew…
      </button>
    );
  const send = async () => {
    setProgress('sending');
    setTrouble(null);
    try {
      await client.learnAnew(rule, note.trim() === '' ? null : note.trim());
      setProgress('closed');
      setNote('');
      said();
    } catch (error) {
      setProgress('open');
      setTrouble(error instanceof Error ? error.message : 'Something went wrong in this page.');
    }
  };
  return (
    <form
      class="order-form"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <p>
        The machine is another one now (new bearing, other motor): {rule} forgets what it learnt on all its tags, and
        says nothing until it has learnt again.
      </p>
      <label class="note">
        <span>What is new (optional)</span>
        <input
          type="text"
          maxLength={MAX_LENGTH}
          autocomplete="off"
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </label>
      <div class="order-buttons">
        <button
          type="submit"
          class="button button-primary"
          data-testid={`learns-anew-${rule}`}
          disabled={progress === 'sending'}
        >
          {progress === 'sending' ? 'Sending…' : 'Learn anew'}
        </button>
        <button type="button" class="button button-quiet" onClick={() => setProgress('closed')}>
          Back
        </button>
      </div>
      {trouble !== null && (
        <p class="trouble" role="alert">
          Not done: {trouble}
        </p>
      )}
    </form>
  );
}

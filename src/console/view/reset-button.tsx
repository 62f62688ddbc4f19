import type { Alert } from '../api.generated.ts';
import { stageOf } from '../state/alert-stage.ts';
import { mayAct } from '../state/may-act.ts';
import { useConsole } from './console-context.ts';

/**
 * Lets go of a latched alert, with what was done about it as the note. Only on the alert's own page: who resets has read
 * why it was raised, and a second tap on "Acknowledge" in the list must not do it.
 */
export function ResetButton({ alert, note }: { readonly alert: Alert; readonly note: string | null }) {
  const { state, reset } = useConsole();
  const progress = state.resetting.value.get(alert.id);
  if (stageOf(alert) !== 'latched' || !mayAct(state.session.value)) return null;
  return (
    <div class="acknowledge">
      <button
        type="button"
        class="button button-primary"
        data-testid={`reset-${alert.id}`}
        disabled={progress === 'sending'}
        aria-label={`Reset: ${alert.explanation}`}
        onClick={() => void reset(alert.id, note)}
      >
        {progress === 'sending' ? 'Resetting…' : 'Reset'}
      </button>
      {progress !== undefined && progress !== 'sending' && (
        <p class="trouble" role="alert">
          Not reset: {progress}
        </p>
      )}
    </div>
  );
}

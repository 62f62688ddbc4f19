import type { Alert } from '../api.generated.ts';
import { awaitsAcknowledgement } from '../state/alert-order.ts';
import { mayAct } from '../state/may-act.ts';
import { useConsole } from './console-context.ts';

/** Says "I have seen it" for one alert. Large enough for a glove; shows progress and refusal in its place. */
export function AcknowledgeButton({
  alert,
  note,
  hook,
}: {
  readonly alert: Alert;
  readonly note: string | null;
  readonly hook: string | undefined;
}) {
  const { state, acknowledge } = useConsole();
  const progress = state.acknowledging.value.get(alert.id);
  if (!awaitsAcknowledgement(alert) || !mayAct(state.session.value)) return null;
  return (
    <div class="acknowledge">
      <button
        type="button"
        class="button button-primary"
        data-testid={hook}
        disabled={progress === 'sending'}
        aria-label={`Acknowledge: ${alert.explanation}`}
        onClick={() => void acknowledge(alert.id, note)}
      >
        {progress === 'sending' ? 'Acknowledging…' : 'Acknowledge'}
      </button>
      {progress !== undefined && progress !== 'sending' && (
        <p class="trouble" role="alert">
          Not acknowledged: {progress}
        </p>
      )}
    </div>
  );
}

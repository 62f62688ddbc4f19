import type { Alert } from '../api.generated.ts';
import { stepsOf } from '../state/alert-stage.ts';
import { epochOf } from '../text/time-text.ts';
import { useConsole } from './console-context.ts';

/** Shows how far an alert is on its way from raised to cleared, and what is still missing. */
export function AlertSteps({ alert }: { readonly alert: Alert }) {
  const { state } = useConsole();
  const { clock, nowMs } = state;
  return (
    <ol class="steps" aria-label="How far the alert is">
      {stepsOf(alert).map(({ word, at, by }) => (
        <li key={word} class={at === null ? 'step is-open' : 'step'}>
          <span class="step-sign" aria-hidden="true">
            {at === null ? '○' : '●'}
          </span>
          <span>
            <strong>{word}</strong>
            <span class="step-when">
              {at === null ? 'not yet' : clock.value.when(epochOf(at), nowMs.value)}
              {by !== null && ` by ${by}`}
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}

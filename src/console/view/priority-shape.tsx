import type { Alert } from '../api.generated.ts';
import { priorityWord } from '../text/state-words.ts';

/** Outline per priority: the shape alone tells them apart, for eyes and screens that do not tell red from orange. */
const SHAPES: Readonly<Record<Alert['priority'], string>> = {
  critical: 'M7 1.5h10L22.5 7v10L17 22.5H7L1.5 17V7z',
  high: 'M12 2 23 21.5H1z',
  medium: 'M12 1.5 22.5 12 12 22.5 1.5 12z',
  low: 'M12 2a10 10 0 1 0 0 20 10 10 0 1 0 0-20z',
};

/** Shows a priority as a shape: filled while somebody must react, hollow once the alert is acknowledged. */
export function PriorityShape({
  priority,
  state,
}: {
  readonly priority: Alert['priority'];
  readonly state: Alert['state'];
}) {
  const fill = state === 'unacknowledged' ? 'filled' : 'hollow';
  return (
    <svg class={`shape shape-${priority} ${fill}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path class="shape-outline" d={SHAPES[priority]} />
      <path class="shape-mark" d={priority === 'high' ? 'M12 9v6M12 18v.5' : 'M12 6.5v7M12 17v.5'} />
    </svg>
  );
}

/** Shows a priority as shape and word. */
export function PriorityFlag({
  priority,
  state,
}: {
  readonly priority: Alert['priority'];
  readonly state: Alert['state'];
}) {
  return (
    <span class={`flag ink-${priority}`}>
      <PriorityShape priority={priority} state={state} />
      {priorityWord(priority)}
    </span>
  );
}

import type { WorkOrder } from '../api.generated.ts';
import { epochOf } from '../text/time-text.ts';
import { useConsole } from './console-context.ts';

const FOUND = { fault: 'A fault', nothing: 'Nothing wrong', 'not said': 'Not said' } as const;

/** Says who has done what about a job, and what came of it, as rows of its facts. */
export function WorkOrderResult({ order }: { readonly order: WorkOrder }) {
  const { clock, nowMs } = useConsole().state;
  const when = (at: string, by: string | null) =>
    `${clock.value.when(epochOf(at), nowMs.value)}${by === null ? '' : ` by ${by}`}`;
  const rows: readonly (readonly [string, string | null])[] = [
    ['Started', order.startedAt === null ? null : when(order.startedAt, order.startedBy)],
    [
      order.state === 'cancelled' ? 'Cancelled' : 'Done',
      order.closedAt === null ? null : when(order.closedAt, order.closedBy),
    ],
    ['Found', order.state === 'done' ? FOUND[order.found ?? 'not said'] : null],
    ['Cause', order.cause],
    ['What was done', order.remedy],
    [order.state === 'cancelled' ? 'Why' : 'Notes', order.notes],
  ];
  return (
    <>
      {rows.map(
        ([says, what]) =>
          what !== null && (
            <div key={says}>
              <dt>{says}</dt>
              <dd>{what}</dd>
            </div>
          ),
      )}
    </>
  );
}

import type { WorkOrder } from '../api.generated.ts';
import { alsoOpenWith } from '../state/also-open.ts';
import { isClosed } from '../state/job-act.ts';
import { linkTo } from '../state/route.ts';
import { failureModeWords } from '../text/failure-modes.ts';
import { priorityWord, sentenceCase } from '../text/state-words.ts';
import { epochOf, sayDue } from '../text/time-text.ts';
import { useConsole } from './console-context.ts';
import { JobLinks } from './job-links.tsx';
import { WorkOrderActions } from './work-order-actions.tsx';
import { WorkOrderResult } from './work-order-result.tsx';

/** Shows one job. On the page of an alert the link back to that alert is left out; its own page shows its alerts beside it. */
export function WorkOrderCard({
  order,
  place,
}: {
  readonly order: WorkOrder;
  readonly place: 'alert' | 'list' | 'page';
}) {
  const { state } = useConsole();
  const { clock, nowMs } = state;
  const asset = state.assets.value.find((one) => one.id === order.asset);
  const dueMs = order.dueAt === null ? null : epochOf(order.dueAt);
  const isLate = dueMs !== null && dueMs < nowMs.value && !isClosed(order);
  return (
    <article class="panel order" data-testid={`work-order-${order.number}`}>
      <header class="order-head">
        {place === 'page' ? (
          <span class="order-number">{order.number}</span>
        ) : (
          <a class="order-number" href={linkTo({ page: 'work-order', id: order.number })}>
            {order.number}
          </a>
        )}
        <span class="chip">{sentenceCase(order.state)}</span>
        <span class={`ink-${order.priority}`}>{priorityWord(order.priority)}</span>
      </header>
      <h3 class="order-title">{order.title}</h3>
      <p class="order-text">{order.description}</p>
      <dl class="facts">
        {order.asset !== null && (
          <div>
            <dt>Asset</dt>
            <dd>
              <a href={linkTo({ page: 'asset', id: order.asset })}>{asset?.name ?? order.asset}</a>
            </dd>
          </div>
        )}
        <div>
          <dt>Failure mode</dt>
          <dd>{failureModeWords(order.failureMode)}</dd>
        </div>
        {dueMs !== null && (
          <div>
            <dt>Due</dt>
            <dd class={isLate ? 'ink-high' : undefined}>
              {clock.value.when(dueMs, nowMs.value)}{' '}
              {!isClosed(order) && <span class={isLate ? undefined : 'muted'}>{sayDue(dueMs, nowMs.value)}</span>}
            </dd>
          </div>
        )}
        <div>
          <dt>Made</dt>
          <dd>{clock.value.when(epochOf(order.createdAt), nowMs.value)}</dd>
        </div>
        <WorkOrderResult order={order} />
      </dl>
      <JobLinks says="Also open on this machine:" numbers={alsoOpenWith(order, state.workOrders.value.values())} />
      {place === 'list' && order.alerts.length > 0 && (
        <p class="order-alerts">
          {order.alerts.map((id, index) => (
            <a key={id} class="chip chip-link" href={linkTo({ page: 'alert', id })}>
              {order.alerts.length === 1 ? 'See the alert' : `Alert ${index + 1}`}
            </a>
          ))}
        </p>
      )}
      <WorkOrderActions order={order} />
    </article>
  );
}

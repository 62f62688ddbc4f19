import { isClosed } from '../state/job-act.ts';
import { jobsInOrder } from '../state/job-order.ts';
import { useConsole } from './console-context.ts';
import { LookOnly } from './look-only.tsx';
import { PageTitle } from './page-title.tsx';
import { WorkOrderCard } from './work-order-card.tsx';

/** Lists the jobs: what is due first on top, what is closed below. */
export function WorkOrdersPage() {
  const { state } = useConsole();
  const orders = jobsInOrder(state.workOrders.value.values());
  const open = orders.filter((order) => !isClosed(order)).length;
  return (
    <>
      <PageTitle
        title="Work orders"
        note={orders.length === 0 ? '' : `${open} to do, ${orders.length - open} done or cancelled`}
      />
      {open > 0 && <LookOnly doing="start, complete or cancel jobs" />}
      {orders.length === 0 && (
        <p class="empty">
          {state.isLoaded.value ? 'No work orders yet. An alert whose rule asks for one makes one.' : 'Loading…'}
        </p>
      )}
      <div class="cards">
        {orders.map((order) => (
          <WorkOrderCard key={order.id} order={order} place="list" />
        ))}
      </div>
    </>
  );
}

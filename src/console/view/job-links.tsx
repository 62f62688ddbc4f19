import { linkTo } from '../state/route.ts';
import { useConsole } from './console-context.ts';

/** Names jobs; each leads to its newest alert where the page knows that, else to the list. Nothing without any. */
export function JobLinks({ says, numbers }: { readonly says: string; readonly numbers: readonly string[] }) {
  const { state } = useConsole();
  if (numbers.length === 0) return null;
  const orders = [...state.workOrders.value.values()];
  return (
    <p class="order-alerts">
      <span class="order-also">{says}</span>
      {numbers.map((number) => {
        const alert = orders.find((one) => one.number === number)?.alerts.at(-1);
        const target = linkTo(alert === undefined ? { page: 'work-orders' } : { page: 'alert', id: alert });
        return (
          <a key={number} class="chip chip-link" href={target}>
            {number}
          </a>
        );
      })}
    </p>
  );
}

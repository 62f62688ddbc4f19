import { linkTo } from '../state/route.ts';

/** Names jobs, each with the way to its page. Nothing without any. */
export function JobLinks({ says, numbers }: { readonly says: string; readonly numbers: readonly string[] }) {
  if (numbers.length === 0) return null;
  return (
    <p class="order-alerts">
      <span class="order-also">{says}</span>
      {numbers.map((number) => (
        <a key={number} class="chip chip-link" href={linkTo({ page: 'work-order', id: number })}>
          {number}
        </a>
      ))}
    </p>
  );
}

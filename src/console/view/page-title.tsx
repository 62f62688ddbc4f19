import { linkTo } from '../state/route.ts';

/** Heads a page that was opened from the plant: the way back, what this is, and one line about it. */
export function PageTitle({ title, note }: { readonly title: string; readonly note: string }) {
  return (
    <header class="page-title">
      <a class="back" href={linkTo({ page: 'plant' })}>
        <span aria-hidden="true">‹ </span>Plant
      </a>
      <h1>{title}</h1>
      {note !== '' && <p class="page-note">{note}</p>}
    </header>
  );
}

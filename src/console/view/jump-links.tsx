/** A place on the page that can be jumped to. */
export interface Place {
  /** Id of its element. */
  readonly id: string;
  readonly text: string;
}

/** Leads to the places of a long page. Buttons: the address belongs to the route. Nothing for a page of one place. */
export function JumpLinks({ places }: { readonly places: readonly Place[] }) {
  if (places.length < 2) return null;
  return (
    <nav class="jumps" aria-label="On this page">
      {places.map(({ id, text }) => (
        <button
          key={id}
          type="button"
          class="chip chip-link"
          onClick={() => document.getElementById(id)?.scrollIntoView()}
        >
          {text}
        </button>
      ))}
    </nav>
  );
}

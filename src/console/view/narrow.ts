/** Whether the page is one column, as on a phone; the same width as in the style sheets. */
export function isNarrow(): boolean {
  return window.matchMedia('(max-width: 920px)').matches;
}

/** The id of the source that readings and events can always be pushed to; `null` when the plant file has one of its own. */
export function implicitPushId(sources: readonly { readonly id: string; readonly kind: string }[]): string | null {
  if (sources.some(({ kind }) => kind === 'http')) return null;
  return sources.some(({ id }) => id === 'push') ? 'http-push' : 'push';
}

/** Which stretch of time a chart shows: the last minutes, from a moment until now, or one that is over. */
export type Span =
  | { readonly kind: 'moving'; readonly lengthMs: number }
  | { readonly kind: 'since'; readonly fromMs: number }
  | { readonly kind: 'fixed'; readonly fromMs: number; readonly toMs: number };

/** Tells where a span begins and ends at a given now. */
export function boundsOf(span: Span, nowMs: number): { readonly fromMs: number; readonly toMs: number } {
  switch (span.kind) {
    case 'moving':
      return { fromMs: nowMs - span.lengthMs, toMs: nowMs };
    case 'since':
      return { fromMs: span.fromMs, toMs: Math.max(nowMs, span.fromMs + 1_000) };
    case 'fixed':
      return { fromMs: span.fromMs, toMs: span.toMs };
  }
}

/** Names a span, so that equal spans have equal names. */
export function spanKeyOf(span: Span): string {
  switch (span.kind) {
    case 'moving':
      return `last ${span.lengthMs}`;
    case 'since':
      return `since ${span.fromMs}`;
    case 'fixed':
      return `${span.fromMs} to ${span.toMs}`;
  }
}

/** Shortest and longest lead-in shown before an alert. */
const LEAST_LEAD_MS = 3 * 60_000;
const MOST_LEAD_MS = 60 * 60_000;
const TAIL_MS = 2 * 60_000;

/**
 * Chooses the stretch around an alert: some time before it was raised, to show how it came about, until it was over, or
 * until now while it lasts. The lead-in grows with the length of the alert so that the raise stays away from the edge.
 */
export function spanAround(alert: { readonly raisedMs: number; readonly overMs: number | null }, nowMs: number): Span {
  const lastedMs = (alert.overMs ?? nowMs) - alert.raisedMs;
  const leadMs = Math.min(MOST_LEAD_MS, Math.max(LEAST_LEAD_MS, lastedMs / 2));
  const fromMs = alert.raisedMs - leadMs;
  return alert.overMs === null ? { kind: 'since', fromMs } : { kind: 'fixed', fromMs, toMs: alert.overMs + TAIL_MS };
}

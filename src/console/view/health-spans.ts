const DAY_MS = 86_400_000;

/** How far back the health of a machine is shown. */
export const HEALTH_SPANS = [
  { value: DAY_MS, text: '1 d' },
  { value: 7 * DAY_MS, text: '7 d' },
  { value: 30 * DAY_MS, text: '30 d' },
  { value: 90 * DAY_MS, text: '90 d' },
  { value: 365 * DAY_MS, text: '1 y' },
] as const;

/** A week, to begin with. */
export const FIRST_SPAN_MS: number = 7 * DAY_MS;

/** It is looked at every half a minute. */
export const HEALTH_REFRESH_MS = 60_000;

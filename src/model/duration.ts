/** A duration as it is written in `plant.yaml`: `500ms`, `30s`, `5m`, `2h`, `7d`, `4w`, `10y`. */
export const DURATION_PATTERN = '^\\d+(\\.\\d+)?(ms|s|m|h|d|w|y)$';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_557_600_000,
};

/** Reads a written duration; `null` when it is none. A year is 365.25 days. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)$/.exec(text);
  const unitMs = UNIT_MS[match?.[2] ?? ''];
  return match && unitMs !== undefined ? Number(match[1]) * unitMs : null;
}

/** Writes a duration the way a person would say it, for explanations: `45 s`, `5 min`, `2 h 10 min`, `7 d`. */
export function sayDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  const allMinutes = Math.round(ms / 60_000);
  const [hours, minutes] = [Math.floor(allMinutes / 60), allMinutes % 60];
  if (ms < 172_800_000) return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/**
 * JSON Schema of a duration setting. Wrap it: `Type.Unsafe<number>(duration({ default: '1s', description: '…' }))`.
 * In the file it is text; whoever receives the loaded configuration gets milliseconds
 * (`src/config` converts every schema node with `format: duration`).
 */
export function duration(options: {
  readonly description: string;
  readonly default?: string;
  readonly minimum?: string;
  readonly maximum?: string;
  readonly examples?: readonly string[];
}): Record<string, unknown> {
  const { minimum, maximum, ...rest } = options;
  return {
    type: 'string',
    format: 'duration',
    pattern: DURATION_PATTERN,
    ...(minimum === undefined ? {} : { 'x-minimum': minimum }),
    ...(maximum === undefined ? {} : { 'x-maximum': maximum }),
    ...rest,
  };
}

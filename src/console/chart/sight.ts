import type { TagRule, TagRules } from '../api.generated.ts';
import { epochOf, type PlantClock, sayDuration } from '../text/time-text.ts';
import type { LimitLine, MomentLine } from './marks.ts';

/** One stretch of time in which a value was held against what was normal then, tag unit. */
export interface NormalStep {
  readonly fromMs: number;
  readonly toMs: number;
  readonly expected: number;
  readonly low: number;
  readonly high: number;
  /** What was judged; `null`: not known for this time. */
  readonly value: number | null;
}

/** What the rules see on a tag, ready to be drawn. */
export interface Sight {
  readonly zones: TagRule['zones'];
  readonly limits: TagRule['limits'];
  /** One list for each rule that has learnt something. */
  readonly normals: readonly (readonly NormalStep[])[];
  readonly moments: readonly MomentLine[];
  readonly forecasts: readonly NonNullable<TagRule['forecast']>[];
}

/** Nothing known yet. */
export const NO_SIGHT: Sight = { zones: [], limits: [], normals: [], moments: [], forecasts: [] };

/** Lays out what the rules see for a chart that ends at `toMs`; the alert `without` is marked by the chart itself. */
export function sightOf(
  rules: TagRules,
  { fromMs, toMs, without }: { readonly fromMs: number; readonly toMs: number; readonly without: string | null },
): Sight {
  return {
    zones: rules.rules.find(({ zones }) => zones.length > 0)?.zones ?? [],
    limits: rules.rules.flatMap(({ limits }) => limits),
    normals: rules.rules.map((rule) => normalSteps(rule, fromMs, toMs)).filter((steps) => steps.length > 0),
    forecasts: rules.rules.flatMap(({ forecast }) => forecast ?? []),
    moments: rules.alerts.filter(({ id }) => id !== without).flatMap(momentsOf),
  };
}

function normalSteps({ course, normal }: TagRule, fromMs: number, toMs: number): NormalStep[] {
  if (course === null) return normal === null ? [] : [{ ...normal, fromMs, toMs, value: null }];
  return course.at.map((at, i) => ({
    fromMs: at,
    toMs: at + course.stepMs,
    expected: course.expected[i]!, // the lists are of one length
    low: course.low[i]!,
    high: course.high[i]!,
    value: course.value[i]!,
  }));
}

function momentsOf({ raisedAt, clearedAt }: TagRules['alerts'][number]): MomentLine[] {
  const raised: MomentLine = { atMs: epochOf(raisedAt), text: 'alert', weight: 'light' };
  return clearedAt === null ? [raised] : [raised, { atMs: epochOf(clearedAt), text: 'cleared', weight: 'light' }];
}

/**
 * How far beyond now a chart of `lengthMs` goes so that a forecast is seen: until it is over, but no more than its own length
 * again, and not at all when the limit is so far that the fan would be a point.
 */
export function aheadOf({ forecasts }: Sight, { nowMs, lengthMs }: { nowMs: number; lengthMs: number }): number {
  const near = forecasts.filter(({ p10At }) => p10At - nowMs < 3 * lengthMs);
  return Math.min(lengthMs, Math.max(0, ...near.map(({ p90At }) => p90At - nowMs)));
}

/** Lines for limits that the tag itself does not list, and those between zones. */
export function limitLinesOf(
  { limits, zones }: Pick<Sight, 'limits' | 'zones'>,
  valueText: (value: number) => string,
): LimitLine[] {
  const own = limits.map(({ level, value }) => ({ level, value, text: `${level ?? 'limit'} ${valueText(value)}` }));
  const between = zones.flatMap(({ name, to }, i): LimitLine[] =>
    to === null ? [] : [{ level: null, value: to, text: `${name}/${zones[i + 1]?.name ?? ''} ${valueText(to)}` }],
  );
  return [...own, ...between];
}

/** What a rule has to say; `learns`: it can be told to learn anew. */
export interface SightLine {
  readonly rule: string;
  readonly text: string;
  readonly learns: boolean;
}

/** What the rules that learn, or judge by a standard, have to say; those with limits only say it by their lines. */
export function sightLines(
  rules: TagRules,
  {
    quantity,
    clock,
    nowMs,
  }: { readonly quantity: (value: number) => string; readonly clock: PlantClock; readonly nowMs: number },
): SightLine[] {
  return rules.rules.flatMap((rule) => {
    const { normal, state, says, when, everyMs, zones, learns } = rule;
    if (state === 'parked') return [{ rule: rule.rule, text: `switched off: ${says}`, learns }];
    if (rule.muted !== null) return [{ rule: rule.rule, text: `does not judge now: ${rule.muted}`, learns }];
    const isTold = rule.forecast !== null || normal !== null || state === 'learning' || zones.length > 0;
    if (!learns && (!isTold || says === '')) return [];
    const judged = everyMs > 0 ? `, judged by means of ${sayDuration(everyMs)}` : '';
    const now =
      normal === null || rule.course === null
        ? ''
        : `${quantity(normal.value)} where ${quantity(normal.low)} to ${quantity(normal.high)} is normal; `;
    const only = when === null ? '' : `, only while ${when}`;
    return [
      {
        rule: rule.rule,
        text: `${now}${says}${judged}${only}${sayAnew(rule, (atMs) => clock.when(atMs, nowMs))}`,
        learns,
      },
    ];
  });
}

function sayAnew({ anew }: TagRule, sayWhen: (atMs: number) => string): string {
  if (anew === null) return '';
  const why = anew.note === null ? '' : `: ${anew.note}`;
  return `; what it knew before ${sayWhen(epochOf(anew.at))} was forgotten (${anew.by}${why})`;
}

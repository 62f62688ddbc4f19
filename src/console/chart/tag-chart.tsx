import { effect } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Tag, TagRules } from '../api.generated.ts';
import { Series } from '../state/series.ts';
import { quantityText, tagLabel, valueText } from '../text/value-text.ts';
import { useConsole } from '../view/console-context.ts';
import { LearnAnew } from '../view/learn-anew.tsx';
import { useTheme } from '../view/theme.ts';
import { columnsOf } from './columns.ts';
import type { LimitLine, MomentLine } from './marks.ts';
import { createPlot, type Hover } from './plot.ts';
import { aheadOf, limitLinesOf, NO_SIGHT, sightLines, sightOf } from './sight.ts';
import { boundsOf, type Span, spanKeyOf } from './span.ts';

const NO_MOMENTS: readonly MomentLine[] = [];

/** Readings asked of the service for one chart: about one per two pixels on a desk. */
const LOADED_POINTS = 800;
const KEPT_POINTS = 4_000;
/** What rules have learnt is saved every few seconds and changes slowly. */
const SIGHT_EVERY_MS = 20_000;
/** The engine saves what it knows within this. */
const SAVED_WITHIN_MS = 7_000;

/** What a chart needs to know. */
export interface TagChartProps {
  readonly tag: Tag;
  readonly span: Span;
  readonly heightPx: number;
  /** Pointer position is shared by charts of one group. */
  readonly group: string;
  readonly moments?: readonly MomentLine[];
  /** A limit that is not among the tag's own, e.g. the one an alert was raised at. */
  readonly extraLimit?: LimitLine | null;
  /** The alert that the moments are of already. */
  readonly alert?: string;
}

/** Draws one tag over time, live, with its limits, what happened, and the stretches in which nobody knows the value. */
export function TagChart(props: TagChartProps) {
  const { tag, span, heightPx, group, moments = NO_MOMENTS, extraLimit = null, alert = null } = props;
  const { state, client } = useConsole();
  const holder = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const [hover, setHover] = useState<Hover>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [rules, setRules] = useState<TagRules | null>(null);
  /** How often somebody here had a rule learn anew: what it knows is asked again then. */
  const [asked, setAsked] = useState(0);
  const limits = limitLines(tag, extraLimit);
  // Effects compare by identity; these texts change exactly when what they stand for does.
  const spanKey = spanKeyOf(span);
  const marksKey = JSON.stringify([limits, moments]);

  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const series = new Series({
      windowMs: span.kind === 'moving' ? span.lengthMs : Number.MAX_SAFE_INTEGER,
      maxPoints: KEPT_POINTS,
    });
    const live = state.live.of(tag.name);
    const clock = state.clock.peek();
    const plot = createPlot(element, {
      heightPx,
      clock,
      group,
      onHover: setHover,
      valueText: (value) => valueText(value, tag.range),
    });
    const stopListening = state.live.listen(tag.name, (point) => {
      if (span.kind !== 'fixed' || point.atMs <= span.toMs) series.append(point);
    });
    const show = (nowMs: number) => {
      const { fromMs, toMs } = boundsOf(span, Math.max(nowMs, live.latest.peek()?.atMs ?? 0));
      plot.show({
        columns: columnsOf(series.points, Math.min(toMs, nowMs)),
        fromMs,
        toMs: span.kind === 'fixed' ? toMs : toMs + aheadOf(sight, { nowMs, lengthMs: toMs - fromMs }),
        limits: withoutTwins([...limits, ...limitLinesOf(sight, (value) => valueText(value, tag.range))]),
        moments: [...sight.moments, ...moments],
        sight,
      });
    };
    let sight = NO_SIGHT;
    const look = () => {
      const bounds = boundsOf(span, Date.now());
      client.tagRules(tag.name, bounds).then(
        (found) => {
          if (isGone) return;
          // What holds for all times is drawn to the end of the chart, wherever that is by then.
          sight = sightOf(found, { ...bounds, toMs: Number.MAX_SAFE_INTEGER, without: alert });
          setRules(found);
          show(state.nowMs.peek());
        },
        (error: Error) => isGone || setTrouble(error.message),
      );
    };
    const stopDrawing = effect(() => {
      void live.revision.value;
      show(state.nowMs.value);
    });
    let isGone = false;
    const { fromMs, toMs } = boundsOf(span, Date.now());
    client.readings(tag.name, { fromMs, toMs, maxPoints: LOADED_POINTS }).then(
      (points) => {
        if (isGone) return;
        series.load(points);
        setTrouble(null);
        show(state.nowMs.peek());
      },
      (error: Error) => isGone || setTrouble(error.message),
    );
    look();
    const soon = asked === 0 ? null : setTimeout(look, SAVED_WITHIN_MS);
    const looking = span.kind === 'fixed' ? null : setInterval(look, SIGHT_EVERY_MS);
    return () => {
      isGone = true;
      if (looking !== null) clearInterval(looking);
      if (soon !== null) clearTimeout(soon);
      stopListening();
      stopDrawing();
      plot.destroy();
    };
    // The two keys stand for span, limits and moments.
  }, [tag.name, spanKey, marksKey, theme, heightPx, group, alert, asked, state.fetches.value, state.clock.value]);

  return (
    <figure class="chart" aria-label={spoken(tag, limits)}>
      <div ref={holder} class="chart-plot" style={{ height: `${heightPx}px` }} />
      <figcaption class="chart-hover" aria-hidden="true">
        {hover !== null &&
          `${state.clock.value.when(hover.atMs, state.nowMs.value)}  ${quantityText(hover.value, tag.unit, tag.range)}`}
      </figcaption>
      {trouble !== null && <p class="trouble">{trouble}</p>}
      {rules?.tag === tag.name && (
        <ul class="sight">
          {sightLines(rules, {
            quantity: (value) => quantityText(value, tag.unit, tag.range),
            clock: state.clock.value,
            nowMs: state.nowMs.value,
          }).map(({ rule, text, learns }) => (
            <li key={rule}>
              <b>{rule}</b> {text}
              {learns && <LearnAnew rule={rule} said={() => setAsked((times) => times + 1)} />}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}

function limitLines(tag: Tag, extra: LimitLine | null): readonly LimitLine[] {
  const own = tag.limits.map(({ level, value }) => ({ level, value, text: `${level} ${valueText(value, tag.range)}` }));
  return withoutTwins(extra === null ? own : [...own, extra]);
}

/** Several rules may watch the same limit: one line is enough. */
function withoutTwins(limits: readonly LimitLine[]): readonly LimitLine[] {
  return limits.filter(({ value }, index) => limits.findIndex((limit) => limit.value === value) === index);
}

function spoken(tag: Tag, limits: readonly LimitLine[]): string {
  const said = limits.map((limit) => limit.text).join(', ');
  return `${tagLabel(tag.name, tag.asset)} over time${said === '' ? '' : `, limits ${said}`}`;
}

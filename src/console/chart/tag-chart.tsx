import { effect } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Tag } from '../api.generated.ts';
import { Series } from '../state/series.ts';
import { quantityText, tagLabel, valueText } from '../text/value-text.ts';
import { useConsole } from '../view/console-context.ts';
import { useTheme } from '../view/theme.ts';
import { columnsOf } from './columns.ts';
import type { LimitLine, MomentLine } from './marks.ts';
import { createPlot, type Hover } from './plot.ts';
import { boundsOf, type Span, spanKeyOf } from './span.ts';

const NO_MOMENTS: readonly MomentLine[] = [];

/** Readings asked of the service for one chart: about one per two pixels on a desk. */
const LOADED_POINTS = 800;
const KEPT_POINTS = 4_000;

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
}

/** Draws one tag over time, live, with its limits, what happened, and the stretches in which nobody knows the value. */
export function TagChart({ tag, span, heightPx, group, moments = NO_MOMENTS, extraLimit = null }: TagChartProps) {
  const { state, client } = useConsole();
  const holder = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const [hover, setHover] = useState<Hover>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
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
      plot.show({ columns: columnsOf(series.points, Math.min(toMs, nowMs)), fromMs, toMs, limits, moments });
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
    return () => {
      isGone = true;
      stopListening();
      stopDrawing();
      plot.destroy();
    };
    // The two keys stand for span, limits and moments.
  }, [tag.name, spanKey, marksKey, theme, heightPx, group, state.fetches.value, state.clock.value]);

  return (
    <figure class="chart" aria-label={spoken(tag, limits)}>
      <div ref={holder} class="chart-plot" style={{ height: `${heightPx}px` }} />
      <figcaption class="chart-hover" aria-hidden="true">
        {hover !== null && `${state.clock.value.time(hover.atMs)}  ${quantityText(hover.value, tag.unit, tag.range)}`}
      </figcaption>
      {trouble !== null && <p class="trouble">{trouble}</p>}
    </figure>
  );
}

function limitLines(tag: Tag, extra: LimitLine | null): readonly LimitLine[] {
  const own = tag.limits.map(({ level, value }) => ({ level, value, text: `${level} ${valueText(value, tag.range)}` }));
  const isNew = extra !== null && !own.some((limit) => limit.value === extra.value);
  return isNew ? [...own, extra] : own;
}

function spoken(tag: Tag, limits: readonly LimitLine[]): string {
  const said = limits.map((limit) => limit.text).join(', ');
  return `${tagLabel(tag.name, tag.asset)} over time${said === '' ? '' : `, limits ${said}`}`;
}

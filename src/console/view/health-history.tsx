import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Alert, HealthHistory as History } from '../api.generated.ts';
import { type AlertBar, createHealthPlot } from '../chart/health-plot.ts';
import type { MomentLine } from '../chart/marks.ts';
import { healthCourse, repairsOf, sayHealthCourse } from '../state/health-course.ts';
import { epochOf } from '../text/time-text.ts';
import { Choice } from './choice.tsx';
import { useConsole } from './console-context.ts';
import { FIRST_SPAN_MS, HEALTH_REFRESH_MS, HEALTH_SPANS } from './health-spans.ts';
import { useTheme } from './theme.ts';

const HEIGHT_PX = 132;
/** More bars than that are one block. */
const MOST_ALERTS = 300;

interface Known {
  readonly asset: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly history: History;
  readonly alerts: readonly Alert[];
}

/** Shows how an asset was over days and weeks, with its alerts and the jobs that were done, so that one sees it getting worse and the repair. */
export function HealthHistory({ asset }: { readonly asset: string }) {
  const { state } = useConsole();
  const [lengthMs, setLength] = useState<number>(FIRST_SPAN_MS);
  const { known, trouble } = useHistory(asset, lengthMs);
  const [hover, setHover] = useState<{ readonly atMs: number; readonly value: number } | null>(null);
  const clock = state.clock.value;
  const nowMs = state.nowMs.value;
  return (
    <div class="health-history">
      <Choice name={`health-span-${asset}`} legend="Health over" chosen={lengthMs} onChoose={setLength}>
        {HEALTH_SPANS}
      </Choice>
      <figure class="chart" aria-label="Health">
        {known === null ? (
          <p class="health-waiting muted">{trouble === null ? 'Loading…' : ''}</p>
        ) : (
          <Strip known={known} onHover={setHover} />
        )}
        <figcaption class="chart-hover" aria-hidden="true">
          {hover !== null && `${clock.when(hover.atMs, nowMs)}  ${hover.value.toFixed(2)}`}
        </figcaption>
      </figure>
      {trouble !== null && <p class="trouble">{trouble}</p>}
      {known !== null && <p data-testid="health-course">{sayHealthCourse(known.history.items, clock, nowMs)}</p>}
      <p class="legend">
        <span class="key key-caution">below 0.5: not for long operation</span>
        <span class="key key-danger">below 0.25: beyond its last limit</span>
        <span class="key key-unknown">not known</span>
        <span class="key key-alert">alerts, below the line</span>
      </p>
    </div>
  );
}

function Strip({
  known,
  onHover,
}: {
  readonly known: Known;
  readonly onHover: Parameters<typeof createHealthPlot>[1]['onHover'];
}) {
  const { state } = useConsole();
  const holder = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const clock = state.clock.value;
  const plot = useRef<ReturnType<typeof createHealthPlot> | null>(null);
  const repairs = repairsOf(known.asset, state.workOrders.value.values());
  const repairsKey = JSON.stringify(repairs);
  const picture = useMemo(() => {
    const { fromMs, toMs, history, alerts } = known;
    return {
      ...{ fromMs, toMs, course: healthCourse(history.items, { fromMs, toMs }) },
      alerts: alerts.map((alert): AlertBar => ({ priority: alert.priority, ...timesOf(alert, toMs) })),
      moments: repairs.map(({ atMs }): MomentLine => ({ atMs, text: 'job done', weight: 'light' })),
    };
    // The key stands for the repairs.
  }, [known, repairsKey]);
  useEffect(() => {
    if (holder.current === null) return;
    plot.current = createHealthPlot(holder.current, { heightPx: HEIGHT_PX, clock, onHover });
    plot.current.show(picture);
    return () => plot.current?.destroy();
  }, [theme, clock]);
  useEffect(() => {
    plot.current?.show(picture);
  }, [picture]);
  return <div ref={holder} class="chart-plot" style={{ height: `${HEIGHT_PX}px` }} />;
}

/** What has returned takes nothing from the health, acknowledged or not. */
function timesOf({ raisedAt, returnedAt, clearedAt }: Alert, nowMs: number): { fromMs: number; toMs: number } {
  const over = returnedAt ?? clearedAt;
  return { fromMs: epochOf(raisedAt), toMs: over === null ? nowMs : epochOf(over) };
}

function useHistory(
  asset: string,
  lengthMs: number,
): { readonly known: Known | null; readonly trouble: string | null } {
  const { state, client } = useConsole();
  const [known, setKnown] = useState<Known | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const minute = Math.floor(state.nowMs.value / HEALTH_REFRESH_MS);
  useEffect(() => {
    let isGone = false;
    const toMs = Date.now();
    const range = { fromMs: toMs - lengthMs, toMs };
    Promise.all([client.healthHistory(asset, range), client.alertsOf(asset, MOST_ALERTS)]).then(
      ([history, alerts]) => {
        if (isGone) return;
        setKnown({ asset, ...range, history, alerts });
        setTrouble(null);
      },
      (error: Error) => isGone || setTrouble(error.message),
    );
    return () => {
      isGone = true;
    };
  }, [asset, lengthMs, minute, state.fetches.value]);
  return { known: known?.asset === asset ? known : null, trouble };
}

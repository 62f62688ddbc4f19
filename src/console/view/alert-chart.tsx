import { useMemo } from 'preact/hooks';
import type { Alert, AlertDetail } from '../api.generated.ts';
import type { MomentLine } from '../chart/marks.ts';
import { spanAround } from '../chart/span.ts';
import { TagChart } from '../chart/tag-chart.tsx';
import { epochOf } from '../text/time-text.ts';
import { tagLabel, valueText } from '../text/value-text.ts';
import { useConsole } from './console-context.ts';
import { TagValue } from './tag-value.tsx';

/** Other moments drawn besides the raise; more would cover the readings. */
const MAX_MOMENTS = 8;

/** Shows the readings around an alert, with the limits, the moment it was raised and what followed. Nothing for an alert without a tag. */
export function AlertChart({
  alert,
  events,
  figures,
}: {
  readonly alert: Alert;
  readonly events: AlertDetail['events'];
  /** What its limit is; a limit of something else than the tag is no line in its chart. */
  readonly figures: AlertDetail['figures'];
}) {
  const { state } = useConsole();
  const clock = state.clock.value;
  const raisedMs = epochOf(alert.raisedAt);
  const overAt = alert.clearedAt ?? alert.returnedAt;
  const overMs = overAt === null ? null : epochOf(overAt);
  // Chosen once per alert: a window that grows under the eyes cannot be read.
  const span = useMemo(() => spanAround({ raisedMs, overMs }, Date.now()), [alert.id, raisedMs, overMs]);
  const tag = alert.tag === null ? undefined : state.tags.value.get(alert.tag);
  if (tag === undefined) return null;
  const moments: MomentLine[] = [{ atMs: raisedMs, text: `raised ${clock.time(raisedMs)}`, weight: 'strong' }];
  const first = alert.firstOutAlert === undefined ? undefined : state.alerts.value.get(alert.firstOutAlert);
  if (first !== undefined) moments.push({ atMs: epochOf(first.raisedAt), text: 'first out', weight: 'light' });
  for (const event of events.slice(-MAX_MOMENTS)) {
    const atMs = epochOf(event.at);
    if (event.effect !== 'raised') moments.push({ atMs, text: event.effect, weight: 'light' });
  }
  const isOfTag = figures === null || figures.unit === null || figures.unit === '1';
  const extraLimit =
    alert.limit === null || alert.level === null || !isOfTag
      ? null
      : { level: alert.level, value: alert.limit, text: `${alert.level} ${valueText(alert.limit, tag.range)}` };
  return (
    <section class="panel" aria-label="Readings around the alert">
      <div class="chart-head">
        <h2 class="section-title">{tagLabel(tag.name, tag.asset)}</h2>
        <p class="tag-value">
          <TagValue
            tag={tag}
            alert={alert.state === 'unacknowledged' || alert.state === 'acknowledged' ? alert : undefined}
          />
        </p>
      </div>
      <TagChart
        tag={tag}
        span={span}
        heightPx={240}
        group="alert"
        moments={moments}
        extraLimit={extraLimit}
        alert={alert.id}
      />
    </section>
  );
}

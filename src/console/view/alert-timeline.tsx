import type { AlertDetail } from '../api.generated.ts';
import { linkTo } from '../state/route.ts';
import { partsOf } from '../text/explanation.ts';
import { sentenceCase } from '../text/state-words.ts';
import { epochOf } from '../text/time-text.ts';
import { useConsole } from './console-context.ts';

/** Tells what happened to an alert, when, and by whom, the newest first. */
export function AlertTimeline({
  events,
  told,
  trouble,
}: {
  readonly events: AlertDetail['events'];
  /** The explanation that stands above, with its evidence; here its first part is enough. */
  readonly told: string;
  readonly trouble: string | null;
}) {
  const { state } = useConsole();
  return (
    <section>
      <h2 class="section-title">What happened</h2>
      {trouble !== null && <p class="trouble">{trouble}</p>}
      {events.length === 0 && trouble === null && <p class="empty">Nothing recorded yet.</p>}
      <ol class="timeline">
        {[...events].reverse().map((event, index) => (
          <li key={`${event.at} ${event.effect} ${events.length - index}`}>
            <time dateTime={event.at}>{state.clock.value.when(epochOf(event.at), state.nowMs.value)}</time>
            <span class="timeline-what">
              <strong>{sentenceCase(event.effect)}</strong>
              {event.level !== null && <b class="level">{event.level}</b>}
              {event.by !== null && ` by ${event.by}`}
              {event.workOrder !== null && event.workOrder !== events[events.length - index - 2]?.workOrder && (
                <>
                  {' '}
                  <a class="chip chip-link" href={linkTo({ page: 'work-order', id: event.workOrder })}>
                    {event.workOrder}
                  </a>
                </>
              )}
              {event.note !== null && <span class="timeline-why">“{event.note}”</span>}
              {event.explanation !== null && event.explanation !== '' && (
                <span class="timeline-why">
                  {event.explanation === told ? partsOf(told).headline : event.explanation}
                </span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

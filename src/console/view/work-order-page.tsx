import { useEffect, useState } from 'preact/hooks';
import type { WorkOrder, WorkOrderDetail } from '../api.generated.ts';
import { stageOf } from '../state/alert-stage.ts';
import { isClosed } from '../state/job-act.ts';
import { journalOf, lastSaid } from '../state/job-journal.ts';
import { linkTo } from '../state/route.ts';
import { partsOf } from '../text/explanation.ts';
import { alertStageWords, sentenceCase } from '../text/state-words.ts';
import { epochOf } from '../text/time-text.ts';
import { useConsole } from './console-context.ts';
import { LookOnly } from './look-only.tsx';
import { PageTitle } from './page-title.tsx';
import { WorkOrderCard } from './work-order-card.tsx';

/** Shows one job completely: what is to be done and why, until when, its alerts with what speaks for them, and what happened so far. */
export function WorkOrderPage({ number }: { readonly number: string }) {
  const { state } = useConsole();
  const known = [...state.workOrders.value.values()].find((one) => one.number === number);
  const { detail, trouble } = useJobDetail(number, known);
  const order = known ?? detail;
  if (order === null) return <PageTitle title={trouble ?? 'Loading…'} note="" />;
  return (
    <>
      <PageTitle title={`Work order ${order.number}`} note="" />
      {!isClosed(order) && <LookOnly doing="start, complete or cancel jobs" />}
      <div class="cards">
        <WorkOrderCard order={order} place="page" />
      </div>
      <div class="columns">
        <JobAlerts order={order} events={detail?.events ?? []} />
        <JobJournal detail={detail} trouble={trouble} />
      </div>
    </>
  );
}

function JobAlerts({ order, events }: { readonly order: WorkOrder; readonly events: WorkOrderDetail['events'] }) {
  const { state } = useConsole();
  return (
    <section>
      <h2 class="section-title">{order.alerts.length === 1 ? 'Its alert' : 'Its alerts'}</h2>
      {order.alerts.map((id) => {
        const alert = state.alerts.value.get(id);
        const isHere = alert?.workOrder === order.number;
        const { headline, evidence } = partsOf(
          lastSaid(events, id) ?? (isHere ? alert.explanation : 'What it said is not known here'),
        );
        return (
          <article key={id} class="panel job-alert" data-testid={`job-alert-${id}`}>
            <p>
              <a href={linkTo({ page: 'alert', id })}>{headline}</a>
            </p>
            {evidence.length > 0 && (
              <ul class="summary-evidence" aria-label="What speaks for it">
                {evidence.map((line) => (
                  <li key={line}>{sentenceCase(line)}</li>
                ))}
              </ul>
            )}
            {alert !== undefined && (
              <p class="order-alerts">
                {isHere && (
                  <span class={`chip state-chip state-${stageOf(alert)}`}>{alertStageWords(stageOf(alert))}</span>
                )}
                {!isHere && alert.workOrder !== null && (
                  <>
                    <span class="order-also">It came back after this job was closed:</span>
                    <a class="chip chip-link" href={linkTo({ page: 'work-order', id: alert.workOrder })}>
                      {alert.workOrder}
                    </a>
                  </>
                )}
              </p>
            )}
          </article>
        );
      })}
    </section>
  );
}

function JobJournal({ detail, trouble }: { readonly detail: WorkOrderDetail | null; readonly trouble: string | null }) {
  const { state } = useConsole();
  return (
    <section>
      <h2 class="section-title">What happened</h2>
      {trouble !== null && <p class="trouble">{trouble}</p>}
      <ol class="timeline">
        {(detail === null ? [] : journalOf(detail)).map((line, index, { length }) => (
          <li key={`${line.at} ${line.what} ${length - index}`}>
            <time dateTime={line.at}>{state.clock.value.when(epochOf(line.at), state.nowMs.value)}</time>
            <span class="timeline-what">
              <strong>{line.alert === null ? `Job ${line.what}` : `Alert ${line.what}`}</strong>
              {line.level !== null && <b class="level">{line.level}</b>}
              {line.by !== null && ` by ${line.by}`}
              {line.note !== null && <span class="timeline-why">“{line.note}”</span>}
              {line.explanation !== null && line.explanation !== '' && (
                <span class="timeline-why">{partsOf(line.explanation).headline}</span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Loads a job with its journals, again after every change of it or of one of its alerts. */
function useJobDetail(number: string, known: WorkOrder | undefined) {
  const { state, client } = useConsole();
  const [detail, setDetail] = useState<WorkOrderDetail | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const alerts = (known ?? detail)?.alerts ?? [];
  const moved = alerts.map((id) => state.alerts.value.get(id)).map((one) => `${one?.state} ${one?.explanation}`);
  useEffect(() => {
    let isGone = false;
    client.workOrder(number).then(
      (found) => {
        if (isGone) return;
        setDetail(found);
        setTrouble(null);
      },
      (error: Error) => isGone || setTrouble(error.message),
    );
    return () => {
      isGone = true;
    };
    // a changed job is a new object
  }, [number, known, moved.join('\n'), state.fetches.value]);
  return { detail, trouble };
}

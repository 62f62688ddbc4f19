import { useEffect, useState } from 'preact/hooks';
import type { Alert, AlertDetail, AlertEvent, Asset } from '../api.generated.ts';
import { stageOf } from '../state/alert-stage.ts';
import { mayAct } from '../state/may-act.ts';
import { linkTo } from '../state/route.ts';
import { partsOf } from '../text/explanation.ts';
import { alertKindWords, alertStageWords, levelWords, sentenceCase } from '../text/state-words.ts';
import { epochOf, sayDuration } from '../text/time-text.ts';
import { quantityText, tagLabel } from '../text/value-text.ts';
import { AcknowledgeButton } from './acknowledge-button.tsx';
import { AlertChart } from './alert-chart.tsx';
import { AlertPicture } from './alert-picture.tsx';
import { AlertSteps } from './alert-steps.tsx';
import { AlertTimeline } from './alert-timeline.tsx';
import { useConsole } from './console-context.ts';
import { DeliveryList } from './delivery-list.tsx';
import { LookOnly } from './look-only.tsx';
import { PageTitle } from './page-title.tsx';
import { PriorityFlag } from './priority-shape.tsx';
import { ResetButton } from './reset-button.tsx';
import { SourceCard } from './source-card.tsx';
import { WorkOrderCard } from './work-order-card.tsx';

/** Longest note an acknowledgement carries. */
const MAX_NOTE_LENGTH = 500;

/** Shows one alert completely: why, since when, the readings around it, what happened, the job and the messages it led to. */
export function AlertPage({ id }: { readonly id: string }) {
  const { state } = useConsole();
  const { detail, trouble } = useAlertDetail(id);
  const alert = state.alerts.value.get(id) ?? detail;
  if (alert === null) return <PageTitle title={trouble ?? 'Loading…'} note="" />;
  const asset = state.assets.value.find((one) => one.id === alert.asset);
  const workOrder = [...state.workOrders.value.values()].find((order) => order.number === alert.workOrder);
  const source = alert.source === null ? undefined : state.sources.value.get(alert.source);
  const deliveries = state.deliveriesByAlert.value.get(id) ?? [];
  const first = detail?.events.find(({ effect }) => effect === 'raised');
  return (
    <>
      <PageTitle title={asset?.name ?? alert.asset ?? alert.source ?? 'Alert'} note="" />
      <AlertSummary alert={alert} asset={asset} first={first} figures={detail?.figures ?? null} />
      <AlertChart alert={alert} events={detail?.events ?? []} figures={detail?.figures ?? null} />
      {detail !== null && detail.picture !== null && <AlertPicture alert={detail} />}
      {alert.tag === null && source !== undefined && <SourceCard source={source} />}
      <div class="columns">
        <AlertTimeline events={detail?.events ?? []} told={alert.explanation} trouble={trouble} />
        <div>
          <h2 class="section-title">Work order</h2>
          {workOrder !== undefined && <WorkOrderCard order={workOrder} place="alert" />}
          {workOrder === undefined && alert.workOrder !== null && (
            <p data-testid={`work-order-${alert.workOrder}`}>
              <a href={linkTo({ page: 'work-order', id: alert.workOrder })}>{alert.workOrder}</a>
            </p>
          )}
          {alert.workOrder === null && <p class="empty">No work order.</p>}
          <DeliveryList deliveries={deliveries} />
        </div>
      </div>
    </>
  );
}

interface SummaryProps {
  readonly alert: Alert;
  readonly asset: Asset | undefined;
  /** The line of the journal with which it was raised. */
  readonly first: AlertEvent | undefined;
  /** What its numbers are; `null` until that is known. */
  readonly figures: AlertDetail['figures'];
}

function AlertSummary({ alert, asset, first, figures }: SummaryProps) {
  const { state } = useConsole();
  const [note, setNote] = useState('');
  const stage = stageOf(alert);
  const isOpen = stage === 'unacknowledged' || stage === 'returned' || stage === 'latched';
  const kind = alertKindWords(alert.kind);
  const { headline, evidence } = partsOf(alert.explanation);
  return (
    <section class={`panel summary edge-${alert.state === 'normal' ? 'none' : alert.priority}`} aria-label="Alert">
      <div class="summary-head">
        <PriorityFlag priority={alert.priority} state={alert.state} />
        {kind !== '' && <span class="chip">{kind}</span>}
        <span class={`chip state-chip state-${stage}`} data-testid={`alert-state-${alert.id}`} data-state={alert.state}>
          {alertStageWords(stage)}
        </span>
      </div>
      <p class="summary-why">{headline}</p>
      {alert.kind === 'external' && (
        <p class="page-note">
          Raised by {alert.source ?? 'its source'} itself: its own limits and delays decided, no rule of this plant did.
        </p>
      )}
      <AlertSteps alert={alert} />
      <Facts alert={alert} asset={asset} first={first} figures={figures} />
      {stage === 'latched' && (
        <p class="summary-latched">
          The rule keeps this alert although its condition has gone. Reset it once the cause has been found and removed.
        </p>
      )}
      {isOpen && <LookOnly doing="acknowledge, reset or do a job" />}
      {isOpen && mayAct(state.session.value) && (
        <div class="summary-act">
          <label class="note">
            <span>{stage === 'latched' ? 'What was done (optional)' : 'Note (optional)'}</span>
            <input
              type="text"
              maxLength={MAX_NOTE_LENGTH}
              autocomplete="off"
              value={note}
              onInput={(event) => setNote(event.currentTarget.value)}
            />
          </label>
          <AcknowledgeButton
            alert={alert}
            note={note.trim() === '' ? null : note.trim()}
            hook={`acknowledge-${alert.id}`}
          />
          <ResetButton alert={alert} note={note.trim() === '' ? null : note.trim()} />
        </div>
      )}
      {evidence.length > 0 && (
        <ul class="summary-evidence" aria-label="What speaks for it">
          {evidence.map((line) => (
            <li key={line}>{sentenceCase(line)}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Facts({ alert, asset, first, figures }: SummaryProps) {
  const { state } = useConsole();
  const nowMs = state.nowMs.value;
  const tag = alert.tag === null ? undefined : state.tags.value.get(alert.tag);
  // A rule on several tags tells of the one that its sentence begins with.
  const about = state.tags.value.get(alert.explanation.split(' ', 1)[0] ?? '') ?? tag;
  const unit = figures?.unit ?? about?.unit ?? null;
  const range = figures?.unit == null ? (about?.range ?? null) : null;
  const words = figures ?? { value: 'Value', limit: 'Limit' };
  const raisedMs = epochOf(alert.raisedAt);
  const overAt = alert.returnedAt ?? alert.clearedAt;
  const hasMoved = first != null && first.value !== null && first.value !== alert.value;
  return (
    <dl class="facts">
      <div>
        <dt>Lasted</dt>
        <dd>{sayDuration((overAt === null ? nowMs : epochOf(overAt)) - raisedMs)}</dd>
      </div>
      {alert.tag !== null && (
        <div>
          <dt>Tag</dt>
          <dd>
            {asset === undefined ? (
              alert.tag
            ) : (
              <a href={linkTo({ page: 'asset', id: asset.id })}>{tagLabel(alert.tag, asset.id)}</a>
            )}
          </dd>
        </div>
      )}
      {alert.value !== null && (
        <div>
          <dt>
            {words.value} {hasMoved ? 'at its last change' : 'when raised'}
          </dt>
          <dd>{quantityText(alert.value, unit, range)}</dd>
        </div>
      )}
      {hasMoved && (
        <div>
          <dt>{words.value} when raised</dt>
          <dd>{quantityText(first.value, unit, range)}</dd>
        </div>
      )}
      {alert.limit !== null && (
        <div>
          <dt>
            {words.limit}
            {alert.level !== null && ` (${levelWords(alert.level)})`}
          </dt>
          <dd>{quantityText(alert.limit, unit, range)}</dd>
        </div>
      )}
      <div>
        <dt>Rule</dt>
        <dd>{alert.rule}</dd>
      </div>
    </dl>
  );
}

/** Loads the history of an alert, again after every change of it. */
function useAlertDetail(id: string): { readonly detail: AlertDetail | null; readonly trouble: string | null } {
  const { state, client } = useConsole();
  const [loaded, setLoaded] = useState<AlertDetail | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const now = state.alerts.value.get(id);
  useEffect(() => {
    let isGone = false;
    client.alert(id).then(
      (detail) => {
        if (isGone) return;
        setLoaded(detail);
        setTrouble(null);
      },
      (error: Error) => isGone || setTrouble(error.message),
    );
    return () => {
      isGone = true;
    };
    // a changed alert is a new object
  }, [id, now, state.fetches.value]);
  return { detail: loaded?.id === id ? loaded : null, trouble };
}

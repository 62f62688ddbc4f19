import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { WorkOrder } from '../api.generated.ts';
import { isClosed, type JobAct } from '../state/job-act.ts';
import { mayAct } from '../state/may-act.ts';
import { Choice } from './choice.tsx';
import { useConsole } from './console-context.ts';

/** Longest text of each field, as the API takes it. */
const MAX_LENGTH = 2_000;

/** Offers what can be done about a job: start it, complete it with what was found, or cancel it. Nothing once it is closed. */
export function WorkOrderActions({ order }: { readonly order: WorkOrder }) {
  const { state, actOnJob } = useConsole();
  const [open, setOpen] = useState<'complete' | 'cancel' | null>(null);
  if (isClosed(order) || !mayAct(state.session.value)) return null;
  const progress = state.acting.value.get(order.id);
  const isSending = progress === 'sending';
  const act = (what: JobAct) => void actOnJob(order.id, what);
  const back = () => setOpen(null);
  return (
    <div class="order-act">
      {open === null && (
        <div class="order-buttons">
          {order.state === 'open' && (
            <button
              type="button"
              class="button"
              data-testid={`start-${order.number}`}
              disabled={isSending}
              onClick={() => act({ kind: 'start' })}
            >
              Start
            </button>
          )}
          <button
            type="button"
            class="button button-primary"
            data-testid={`complete-${order.number}`}
            disabled={isSending}
            onClick={() => setOpen('complete')}
          >
            Complete…
          </button>
          <button type="button" class="button button-quiet" disabled={isSending} onClick={() => setOpen('cancel')}>
            Cancel the job…
          </button>
        </div>
      )}
      {open === 'complete' && <Result order={order} isSending={isSending} act={act} back={back} />}
      {open === 'cancel' && <Reason isSending={isSending} act={act} back={back} />}
      {progress !== undefined && !isSending && (
        <p class="trouble" role="alert">
          Not done: {progress}
        </p>
      )}
    </div>
  );
}

interface FormProps {
  readonly isSending: boolean;
  readonly act: (what: JobAct) => void;
  readonly back: () => void;
}

function Result({ order, isSending, act, back }: FormProps & { readonly order: WorkOrder }) {
  const [found, setFound] = useState<'fault' | 'nothing' | 'not said' | null>(null);
  const [cause, setCause] = useState('');
  const [remedy, setRemedy] = useState('');
  const [notes, setNotes] = useState('');
  const [learnAnew, setLearnAnew] = useState(false);
  return (
    <JobForm
      says="The job is done"
      testId={`completed-${order.number}`}
      isSending={isSending}
      missing={found === null ? 'Say what was found first: it is what the rules are judged by.' : null}
      back={back}
      send={() =>
        act({
          ...{ kind: 'complete', cause, remedy, notes, learnAnew },
          ...(found !== null && found !== 'not said' && { found }),
        })
      }
    >
      <Choice name={`found-${order.number}`} legend="What was found" chosen={found} onChoose={setFound}>
        {[
          { value: 'fault', text: 'A fault, repaired' },
          { value: 'nothing', text: 'Nothing wrong' },
          { value: 'not said', text: 'Not known' },
        ]}
      </Choice>
      {found === 'fault' && <Field says="Cause (optional)" value={cause} onInput={setCause} />}
      {found === 'fault' && <Field says="What was done (optional)" value={remedy} onInput={setRemedy} />}
      <Field says="Notes (optional)" value={notes} onInput={setNotes} />
      {order.asset !== null && (
        <label class="tick">
          <input type="checkbox" checked={learnAnew} onChange={(event) => setLearnAnew(event.currentTarget.checked)} />
          <span>The machine is another one now (new bearing, other motor): its rules learn anew what is normal</span>
        </label>
      )}
    </JobForm>
  );
}

function Reason({ isSending, act, back }: FormProps) {
  const [note, setNote] = useState('');
  return (
    <JobForm says="Cancel the job" isSending={isSending} back={back} send={() => act({ kind: 'cancel', note })}>
      <Field says="Why it is not to be done (optional)" value={note} onInput={setNote} />
    </JobForm>
  );
}

/** Fields with a button that sends them and one that leads back. */
function JobForm(props: {
  readonly says: string;
  readonly testId?: string;
  readonly isSending: boolean;
  /** What must be said before it can be sent. */
  readonly missing?: string | null;
  readonly send: () => void;
  readonly back: () => void;
  readonly children: ComponentChildren;
}) {
  return (
    <form
      class="order-form"
      onSubmit={(event) => {
        event.preventDefault();
        props.send();
      }}
    >
      {props.children}
      {props.missing != null && <p class="page-note">{props.missing}</p>}
      <div class="order-buttons">
        <button
          type="submit"
          class="button button-primary"
          data-testid={props.testId}
          disabled={props.isSending || props.missing != null}
        >
          {props.isSending ? 'Sending…' : props.says}
        </button>
        <button type="button" class="button button-quiet" onClick={props.back}>
          Back
        </button>
      </div>
    </form>
  );
}

function Field(props: { readonly says: string; readonly value: string; readonly onInput: (value: string) => void }) {
  return (
    <label class="note">
      <span>{props.says}</span>
      <input
        type="text"
        maxLength={MAX_LENGTH}
        autocomplete="off"
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
    </label>
  );
}

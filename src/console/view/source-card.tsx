import type { Source } from '../api.generated.ts';
import { discardWords, isDown, sentenceCase, sourceStateWords } from '../text/state-words.ts';
import { epochOf, sayAge, sayDuration } from '../text/time-text.ts';
import { useConsole } from './console-context.ts';

/** Shows one source: is the link there, since when, what arrived, and in plain words what is wrong and where to look first. */
export function SourceCard({ source }: { readonly source: Source }) {
  const { state } = useConsole();
  const nowMs = state.nowMs.value;
  const down = isDown(source);
  const discarded = Object.entries(source.counts.discarded).filter(([, count]) => count > 0);
  return (
    <article
      class={`panel source edge-${down ? 'high' : 'none'}`}
      data-testid={`source-${source.id}`}
      data-state={source.state}
    >
      <header class="source-head">
        <h3>{source.id}</h3>
        <span class="muted">{source.kind}</span>
        <span class={`source-state${down ? ' ink-high' : ''}`}>
          <span class={`lamp lamp-${down || source.isWell ? source.state : 'trouble'}`} aria-hidden="true" />
          {sourceStateWords(source.state)} for {sayDuration(nowMs - epochOf(source.since))}
        </span>
      </header>
      {down && source.nextAttempt !== null && (
        <p>
          Next attempt {nextIn(epochOf(source.nextAttempt) - nowMs)}
          {source.attempts > 0 && ` (${source.attempts} failed so far)`}.
        </p>
      )}
      <ul class={source.isWell ? 'diagnosis' : 'diagnosis is-trouble'} data-testid="diagnosis">
        {source.diagnosis.split('\n').map((finding) => (
          <li key={finding}>{sentenceCase(finding)}</li>
        ))}
      </ul>
      <dl class="facts">
        <div>
          <dt>Last success</dt>
          <dd>{source.lastSuccess === null ? 'never' : sayAge(epochOf(source.lastSuccess), nowMs)}</dd>
        </div>
        <div>
          <dt>Tags</dt>
          <dd>{source.tags}</dd>
        </div>
        <div>
          <dt>Readings accepted</dt>
          <dd>{source.counts.accepted.toLocaleString('en-GB')}</dd>
        </div>
        <div>
          <dt>Requests</dt>
          <dd>
            {source.counts.requests.toLocaleString('en-GB')}
            {source.counts.failures > 0 && (
              <span class="muted"> {source.counts.failures.toLocaleString('en-GB')} failed</span>
            )}
          </dd>
        </div>
      </dl>
      {discarded.length > 0 && (
        <p class="source-discarded">
          Not stored: {discarded.map(([reason, count]) => discardWords(reason, count)).join(', ')}
        </p>
      )}
    </article>
  );
}

function nextIn(delayMs: number): string {
  return delayMs <= 0 ? 'now' : `in ${sayDuration(delayMs)}`;
}

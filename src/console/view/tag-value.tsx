import type { Alert, Tag } from '../api.generated.ts';
import { isStanding } from '../state/alert-stage.ts';
import { valueLevel } from '../state/value-level.ts';
import { isDown } from '../text/state-words.ts';
import { sayDuration } from '../text/time-text.ts';
import { unitSign, valueText } from '../text/value-text.ts';
import { useConsole } from './console-context.ts';

/** A value older than this says its age; a deadband may keep a healthy tag quiet, so age alone is no fault. */
const QUIET_MS = 60_000;
/** Of a long text, the beginning. */
const SHOWN_TEXT = 80;

/** Shows the newest value of a tag, and says so when it is bad, old, or its source is down. */
export function TagValue({ tag, alert }: { readonly tag: Tag; readonly alert: Alert | undefined }) {
  const { state } = useConsole();
  const standing = alert !== undefined && isStanding(alert) ? alert : undefined; // a value that is back carries no level
  const latest = state.live.of(tag.name).latest.value;
  const source = tag.source === null ? undefined : state.sources.value.get(tag.source);
  const doubt = source !== undefined && isDown(source) ? 'link down' : doubtAbout(latest?.quality ?? null);
  const ageMs = latest === null ? 0 : state.nowMs.value - latest.atMs;
  const notes = [doubt, ageMs > QUIET_MS ? `${sayDuration(ageMs)} old` : ''].filter((note) => note !== '').join(' · ');
  return (
    <span
      class={`value${standing === undefined ? '' : ` ink-${standing.priority}`}${doubt === '' ? '' : ' is-doubtful'}`}
    >
      {standing !== undefined && valueLevel(standing) !== null && (
        <b class={`level level-${standing.priority}`}>{valueLevel(standing)}</b>
      )}
      <span class="value-number" data-testid={`value-${tag.name}`} data-quality={latest?.quality}>
        {latest?.text?.slice(0, SHOWN_TEXT) ?? valueText(latest?.value ?? null, tag.range)}
      </span>
      <span class="value-unit">{unitSign(tag.unit)}</span>
      {notes !== '' && <span class="value-note">{notes}</span>}
    </span>
  );
}

function doubtAbout(quality: 'good' | 'uncertain' | 'bad' | null): string {
  if (quality === 'bad') return 'bad quality';
  if (quality === 'uncertain') return 'uncertain';
  return quality === null ? 'no reading yet' : '';
}

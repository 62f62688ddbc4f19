import { useEffect, useState } from 'preact/hooks';
import type { Asset, HealthChange } from '../api.generated.ts';
import { linkTo } from '../state/route.ts';
import { epochOf, sayDuration } from '../text/time-text.ts';
import { Choice } from './choice.tsx';
import { useConsole } from './console-context.ts';
import { HealthNumber } from './health-panel.tsx';
import { FIRST_SPAN_MS, HEALTH_REFRESH_MS, HEALTH_SPANS } from './health-spans.ts';
import { PageTitle } from './page-title.tsx';

/** What is asked of all machines at once goes no farther back. */
const SPANS = HEALTH_SPANS.slice(0, 4);

/** Lists the worst machines and what their health did over a week: for those who plan, and for the report. */
export function HealthPage() {
  const { state } = useConsole();
  const [lengthMs, setLength] = useState<number>(FIRST_SPAN_MS);
  const { changes, trouble } = useChanges(lengthMs);
  const span = SPANS.find(({ value }) => value === lengthMs)?.text;
  const seen = changes?.filter(({ lowest }) => lowest !== null) ?? [];
  const ill = withoutWholes(seen, state.assets.value).filter(({ lowest }) => (lowest ?? 1) < 1);
  const unknown = (changes?.length ?? 0) - seen.length;
  return (
    <>
      <PageTitle title="Health" note="The worst machines first, and how they changed" />
      <Choice name="health-span" legend="Time looked at" chosen={lengthMs} onChoose={setLength}>
        {SPANS}
      </Choice>
      {trouble !== null && <p class="trouble">{trouble}</p>}
      {changes === null && trouble === null && <p class="empty">Loading…</p>}
      {changes !== null && ill.length === 0 && (
        <p class="empty">No machine that is watched was anything but well in the last {span}.</p>
      )}
      <ol class="cards">
        {ill.map((change) => (
          <li key={change.asset} class="panel health-change" data-testid={`health-${change.asset}`}>
            <a class="health-name" href={linkTo({ page: 'asset', id: change.asset })}>
              {change.name}
            </a>
            <p class="health-now">
              <span class="muted">
                <HealthNumber health={change.before} /> →
              </span>{' '}
              <HealthNumber health={change.after} /> <span class="muted">{sayChange(change)}</span>
            </p>
            <p class="muted">
              Lowest {change.lowest?.toFixed(2)}
              {change.lowestAt !== null && ` at ${state.clock.value.when(epochOf(change.lowestAt), state.nowMs.value)}`}
              {change.belowHalfMs > 0 && `; below 0.5 for ${sayDuration(change.belowHalfMs)}`}
            </p>
          </li>
        ))}
      </ol>
      {changes !== null && (
        <p class="page-note">
          {unknown > 0 && `Of ${unknown} of the worst ${changes.length} nothing is known in the last ${span}. `}
          What has parts is left out while one of them is just as bad. 1 is as good as can be seen, below 0.5 is not for
          long operation.
        </p>
      )}
    </>
  );
}

/** A line is as well as its worst machine: that one is listed, and not the line, the hall and the site besides. */
function withoutWholes(changes: readonly HealthChange[], assets: readonly Asset[]): readonly HealthChange[] {
  const afterOf = new Map(changes.map(({ asset, after }) => [asset, after]));
  const told = new Set(
    assets.flatMap(({ id, parent }) =>
      parent !== null && afterOf.has(id) && afterOf.get(id) === afterOf.get(parent) ? [parent] : [],
    ),
  );
  return changes.filter(({ asset }) => !told.has(asset));
}

function sayChange({ before, after }: HealthChange): string {
  if (after === null) return 'not known now';
  if (before === null) return 'was not known before';
  const change = Math.round(100 * (after - before)) / 100;
  if (change === 0) return 'as before';
  return change < 0 ? `worse by ${(-change).toFixed(2)}` : `better by ${change.toFixed(2)}`;
}

function useChanges(lengthMs: number): {
  readonly changes: readonly HealthChange[] | null;
  readonly trouble: string | null;
} {
  const { state, client } = useConsole();
  const [found, setFound] = useState<{ lengthMs: number; changes: readonly HealthChange[] } | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const minute = Math.floor(state.nowMs.value / HEALTH_REFRESH_MS);
  useEffect(() => {
    let isGone = false;
    const toMs = Date.now();
    client.healthChanges({ fromMs: toMs - lengthMs, toMs }).then(
      (changes) => {
        if (isGone) return;
        setFound({ lengthMs, changes });
        setTrouble(null);
      },
      (error: Error) => isGone || setTrouble(error.message),
    );
    return () => {
      isGone = true;
    };
  }, [lengthMs, minute, state.fetches.value]);
  return { changes: found?.lengthMs === lengthMs ? found.changes : null, trouble };
}

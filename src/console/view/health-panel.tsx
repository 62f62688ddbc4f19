import type { AssetHealth, HealthPull, MeasurementAdvice, RankedMode } from '../api.generated.ts';
import { linkTo } from '../state/route.ts';
import { useConsole } from './console-context.ts';
import { HealthHistory } from './health-history.tsx';
import { isNarrow } from './narrow.ts';
import { useHealth } from './use-health.ts';

const MODES_AT_FIRST = 4;

/** Shows how an asset is, what is likely wrong with it, and what to measure next. */
export function HealthPanel({ asset }: { readonly asset: string }) {
  const { client } = useConsole();
  const health = useHealth(() => client.health(asset), asset);
  if (health === null) return null;
  return (
    <section class="panel health" aria-label="Health" data-testid="health">
      <h2 class="section-title">
        Health <HealthNumber health={health.health} />
      </h2>
      <Meter health={health.health} />
      {health.pulls.length === 0 && <p>{sentence(health.says)}</p>}
      <HealthHistory asset={asset} />
      <Parts pulls={health.pulls.filter(({ kind }) => kind === 'part')} />
      {health.morePulls > 0 && <p>{health.morePulls} more alerts or parts take from it, none of them worse.</p>}
      <Blind health={health} />
      {health.modes.length > 0 && <Modes modes={health.modes} />}
      {health.measurements.length > 0 && <Measurements advice={health.measurements} />}
    </section>
  );
}

/** The health as people read it: two digits, or that nobody knows. */
export function HealthNumber({ health }: { readonly health: number | null }) {
  return (
    <b class={health === null ? 'health-unknown' : 'health-known'}>{health === null ? 'unknown' : text(health)}</b>
  );
}

function Meter({ health }: { readonly health: number | null }) {
  if (health === null) return null;
  // The quarters: up to 0.25 beyond the last limit, up to 0.5 not for long operation.
  return (
    <meter class="health-meter" aria-label="Health" min={0} max={1} low={0.25} high={0.5} optimum={1} value={health} />
  );
}

/** What is wrong with a part; what is wrong with the asset itself stands above, as its alerts. */
function Parts({ pulls }: { readonly pulls: readonly HealthPull[] }) {
  if (pulls.length === 0) return null;
  return (
    <ul class="health-parts">
      {pulls.map(({ asset, left, explanation }) => (
        <li key={asset}>
          <a href={linkTo({ page: 'asset', id: asset })}>{asset}</a> {text(left)}: {explanation}
        </li>
      ))}
    </ul>
  );
}

function Blind({ health: { blind, confidence } }: { readonly health: AssetHealth }) {
  if (blind.length === 0) return null;
  return (
    <details class="health-blind">
      <summary>
        {Math.round(100 * confidence)} % of its rules hear what they judge; {blind.length} do not
      </summary>
      <ul>
        {blind.map(({ rule, tag, reason }) => (
          <li key={`${rule} ${tag}`}>
            {tag}: {reason} ({rule})
          </li>
        ))}
      </ul>
    </details>
  );
}

function Modes({ modes }: { readonly modes: readonly RankedMode[] }) {
  return (
    <details open={!isNarrow()}>
      <summary class="health-head">Likely wrong (experience, no statistics)</summary>
      <ol class="health-modes">
        {modes.slice(0, MODES_AT_FIRST).map(({ mode, likelihood, evidence, check }) => (
          <li key={mode}>
            <b>{mode}</b> {percent(likelihood)}
            {evidence.length > 0 && <span class="health-why"> · {evidence.join('; ')}</span>}
            {check !== null && <span class="health-why"> · check: {check}</span>}
          </li>
        ))}
      </ol>
    </details>
  );
}

function Measurements({ advice }: { readonly advice: readonly MeasurementAdvice[] }) {
  return (
    <>
      <h3 class="health-head">Measure next</h3>
      {advice.map(({ measurement, tells, outcomes }, i) => (
        <details key={measurement} open={i === 0 && !isNarrow()}>
          <summary>
            {sentence(measurement)} · <span class="health-why">{tells}</span>
          </summary>
          <ul>
            {outcomes.map(({ outcome, means, likelihood }) => (
              <li key={outcome}>
                {outcome}: {means} ({percent(likelihood)})
              </li>
            ))}
          </ul>
        </details>
      ))}
    </>
  );
}

function text(health: number): string {
  return health.toFixed(2);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

import { useRef, useState } from 'preact/hooks';
import type { Alert, Asset, Tag } from '../api.generated.ts';
import { openOn } from '../state/also-open.ts';
import { linkTo } from '../state/route.ts';
import { originOf } from '../state/tag-origin.ts';
import { valuedTags } from '../state/tile-tags.ts';
import { partsOf } from '../text/explanation.ts';
import { sentenceCase } from '../text/state-words.ts';
import { quantityText, tagLabel } from '../text/value-text.ts';
import { Choice } from './choice.tsx';
import { useConsole } from './console-context.ts';
import { FramePanels } from './frame-panels.tsx';
import { HealthPanel } from './health-panel.tsx';
import { JobLinks } from './job-links.tsx';
import { JumpLinks, type Place } from './jump-links.tsx';
import { isNarrow } from './narrow.ts';
import { PageTitle } from './page-title.tsx';
import { PriorityFlag, PriorityShape } from './priority-shape.tsx';
import { TagCourse } from './tag-course.tsx';
import { TagValue } from './tag-value.tsx';
import { useCaptures } from './use-captures.ts';
import { WaveformPanels } from './waveform-panels.tsx';

const DAY_MS = 86_400_000;
const SPANS = [
  { text: '5 min', value: 5 * 60_000 },
  { text: '1 h', value: 3_600_000 },
  { text: '1 d', value: DAY_MS },
  { text: '7 d', value: 7 * DAY_MS },
  { text: '30 d', value: 30 * DAY_MS },
  { text: '90 d', value: 90 * DAY_MS },
  { text: '1 y', value: 365 * DAY_MS },
] as const;

/** Charts of one page at once; the others come on demand. */
const CHARTS_AT_FIRST = { wide: 8, narrow: 5 } as const;

/** Shows one asset: what is wrong with it, and every tag live over a stretch of time the reader chooses. */
export function AssetPage({ id }: { readonly id: string }) {
  const { state, client } = useConsole();
  const waveforms = useCaptures(id, client.waveforms);
  const frames = useCaptures(id, client.frames);
  const [lengthMs, setLength] = useState<number>(SPANS[0].value);
  const [isLong, setLong] = useState(false);
  const urgent = useRef<ReadonlySet<string | null> | null>(null);
  const asset = state.assets.value.find((one) => one.id === id);
  if (asset === undefined) {
    return <PageTitle title={state.isLoaded.value ? `There is no asset ${id}` : 'Loading…'} note="" />;
  }
  const alerts = state.activeByAsset.value.get(id) ?? [];
  // As it was when the page was opened: a chart that moves under the eyes cannot be read.
  urgent.current ??= new Set(alerts.map(({ tag }) => tag));
  const tags = orderTags(valuedTags(asset.tags.flatMap((name) => state.tags.value.get(name) ?? [])), urgent.current);
  const measured = tags.filter((tag) => tag.says === null || urgent.current?.has(tag.name));
  const shown = isLong ? tags : measured.slice(0, CHARTS_AT_FIRST[isNarrow() ? 'narrow' : 'wide']);
  const places: readonly Place[] = [
    { id: HEALTH, text: 'Health' },
    ...(shown.length > 0 ? [{ id: TRENDS, text: 'Trends' }] : []),
    ...(waveforms.entries.length > 0 ? [{ id: SPECTRA, text: 'Spectra' }] : []),
    ...(frames.entries.length > 0 ? [{ id: PICTURES, text: 'Pictures' }] : []),
  ];
  return (
    <>
      <PageTitle title={asset.name} note={noteOf(asset, state.assets.value)} />
      <AssetAlerts alerts={alerts} />
      <JobLinks says="Open jobs:" numbers={openOn(id, state.workOrders.value.values())} />
      <JumpLinks places={places} />
      <div id={HEALTH} class="jump-target">
        <HealthPanel asset={id} />
      </div>
      <div id={TRENDS} class="jump-target">
        <Choice name="span" legend="Time shown" chosen={lengthMs} onChoose={setLength}>
          {SPANS}
        </Choice>
      </div>
      {tags.length === 0 && <p class="empty">This asset has no tags.</p>}
      {shown.map((tag) => (
        <TagPanel key={tag.name} tag={tag} lengthMs={lengthMs} alert={alerts.find((alert) => alert.tag === tag.name)} />
      ))}
      {shown.length < tags.length && (
        <button type="button" class="button button-wide" onClick={() => setLong(true)}>
          {sayRest(tags.length - shown.length, measured.length < tags.length ? 'worked out, too' : 'measured')}
        </button>
      )}
      <div id={SPECTRA} class="jump-target">
        <WaveformPanels asset={asset} captures={waveforms} />
      </div>
      <div id={PICTURES} class="jump-target">
        <FramePanels asset={asset} captures={frames} />
      </div>
    </>
  );
}

const HEALTH = 'machine-health';
const TRENDS = 'machine-trends';
const SPECTRA = 'machine-spectra';
const PICTURES = 'machine-pictures';

function sayRest(count: number, what: 'measured' | 'worked out, too'): string {
  return `Show ${count} more tag${count === 1 ? '' : 's'}${what === 'measured' ? '' : ', also those worked out of waveforms and pictures'}`;
}

/** What an alert is about comes first, what is worked out of a waveform or a picture and has no source of its own comes last. */
function orderTags(tags: readonly Tag[], urgent: ReadonlySet<string | null>): readonly Tag[] {
  const places = [(tag: Tag) => urgent.has(tag.name), (tag: Tag) => tag.source !== null, (_tag: Tag) => true];
  const placeOf = (tag: Tag) => places.findIndex((isHere) => isHere(tag));
  return [...tags].sort((a, b) => placeOf(a) - placeOf(b));
}

function AssetAlerts({ alerts }: { readonly alerts: readonly Alert[] }) {
  if (alerts.length === 0) return null;
  return (
    <ul class="asset-alerts">
      {alerts.map((alert) => (
        <li key={alert.id} class={`edge-${alert.priority}`}>
          <PriorityFlag priority={alert.priority} state={alert.state} />
          <a href={linkTo({ page: 'alert', id: alert.id })}>{partsOf(alert.explanation).headline}</a>
        </li>
      ))}
    </ul>
  );
}

function TagPanel({
  tag,
  lengthMs,
  alert,
}: {
  readonly tag: Tag;
  readonly lengthMs: number;
  readonly alert: Alert | undefined;
}) {
  const { state } = useConsole();
  const origin = originOf(tag, state.tags.value.values());
  return (
    <section class={`panel tag-panel edge-${alert?.priority ?? 'none'}`} aria-label={tagLabel(tag.name, tag.asset)}>
      <div class="tag-now">
        <h2 class="tag-name">
          {alert !== undefined && <PriorityShape priority={alert.priority} state={alert.state} />}
          {tagLabel(tag.name, tag.asset)}
        </h2>
        <p class="tag-value">
          <TagValue tag={tag} alert={alert} />
        </p>
        <p class="tag-facts">
          {tag.limits.map(({ level, value, rule }) => (
            <span key={`${rule} ${level}`} class="limit">
              <b>{level}</b> {quantityText(value, tag.unit, tag.range)}
            </span>
          ))}
        </p>
        {origin !== null && <p class="tag-facts tag-says">{sentenceCase(origin)}.</p>}
        <p class="tag-facts tag-id">
          {tag.name}
          {tag.source !== null && ` from ${tag.source}`}
        </p>
      </div>
      <TagCourse tag={tag} span={{ kind: 'moving', lengthMs }} />
    </section>
  );
}

function noteOf(asset: Asset, assets: readonly Asset[]): string {
  const parent = assets.find((one) => one.id === asset.parent)?.name;
  const criticality = asset.criticality === null ? null : `criticality ${asset.criticality}`;
  return [parent, asset.class, criticality].filter((part) => part != null).join(' · ');
}

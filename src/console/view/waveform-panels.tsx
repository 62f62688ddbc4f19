import { useState } from 'preact/hooks';
import type { Asset, TagWaveforms } from '../api.generated.ts';
import { API } from '../link/client.ts';
import { firstKind, type SpectrumKind } from '../state/spectrum-kind.ts';
import { epochOf, sayDuration } from '../text/time-text.ts';
import { tagLabel, unitSign } from '../text/value-text.ts';
import { Choice } from './choice.tsx';
import { useConsole } from './console-context.ts';
import { Picture } from './picture.tsx';
import type { Captures } from './use-captures.ts';

const KINDS = [
  { kind: 'velocity', text: 'Velocity' },
  { kind: 'amplitude', text: 'Acceleration' },
  { kind: 'envelope', text: 'Envelope' },
] as const;

const ENDS = [
  { toHz: 200, text: '200 Hz' },
  { toHz: 1_000, text: '1 kHz' },
  { toHz: 1_000_000, text: 'All' },
] as const;

/** What is shown of a place: its newest spectrum, or how it came to that over so many days. */
const VIEWS = [
  { view: 'newest', text: 'Newest' },
  { view: '7', text: '1 week' },
  { view: '28', text: '4 weeks' },
  { view: 'all', text: 'All' },
] as const;
const DAY_MS = 86_400_000;

/** Shows the newest waveform of each tag of an asset as a spectrum, alone or over what it is compared with. Nothing without waveforms. */
export function WaveformPanels({
  asset,
  captures: { entries, trouble },
}: {
  readonly asset: Asset;
  readonly captures: Captures<TagWaveforms>;
}) {
  return (
    <>
      {trouble !== null && <p class="trouble">{trouble}</p>}
      {entries.map((entry) => (
        <WaveformPanel key={entry.tag} entry={entry} asset={asset} />
      ))}
    </>
  );
}

function WaveformPanel({ entry, asset }: { readonly entry: TagWaveforms; readonly asset: Asset }) {
  const { state } = useConsole();
  const [chosen, setKind] = useState<SpectrumKind | null>(null);
  const kind = chosen ?? firstKind(entry.tag, state.activeByAsset.value.get(asset.id) ?? []);
  const [toHz, setEnd] = useState<number>(ENDS[1].toHz);
  const [other, setOther] = useState('');
  const [view, setView] = useState<(typeof VIEWS)[number]['view']>('newest');

  const label = tagLabel(entry.tag, asset.id);
  const atMs = epochOf(entry.at);
  const isVelocity = entry.unit === 'mm/s' || entry.unit === '[in_i]/s';
  const kinds = KINDS.filter((one) => one.kind !== 'amplitude' || !isVelocity);
  const query = new URLSearchParams({ kind, toHz: String(toHz) });
  const [path, description] =
    view === 'newest'
      ? [`waveforms/${encodeURIComponent(entry.at)}/spectrum`, `${kind} spectrum of ${label}`]
      : ['waterfall', `${kind} spectra of ${label} over time`];
  if (view === 'newest') {
    query.set('format', 'svg');
    if (other !== '') query.set('with', other);
  } else if (view !== 'all') query.set('from', String(atMs - Number(view) * DAY_MS));
  const source = `${API}/tags/${encodeURIComponent(entry.tag)}/${path}?${query}`;
  return (
    <section class="panel waveform" aria-label={`Spectrum of ${label}`}>
      <h2 class="section-title">{label}: spectrum</h2>
      <p class="page-note">
        Taken {state.clock.value.when(atMs, state.nowMs.value)},{' '}
        {sayDuration((entry.sampleCount / entry.rateHz) * 1_000)} at {entry.rateHz} Hz in {unitSign(entry.unit)}
      </p>
      <div class="waveform-choices">
        <Choice name={`kind ${entry.tag}`} legend="Kind" chosen={kind} onChoose={setKind}>
          {kinds.map((one) => ({ value: one.kind, text: one.text }))}
        </Choice>
        {kind !== 'envelope' && (
          <Choice name={`end ${entry.tag}`} legend="Up to" chosen={toHz} onChoose={setEnd}>
            {ENDS.map((one) => ({ value: one.toHz, text: one.text }))}
          </Choice>
        )}
        <Choice name={`view ${entry.tag}`} legend="Time" chosen={view} onChoose={setView}>
          {VIEWS.map((one) => ({ value: one.view, text: one.text }))}
        </Choice>
        {view === 'newest' && (
          <label class="waveform-other">
            Compare with{' '}
            <select value={other} onChange={(event) => setOther(event.currentTarget.value)}>
              <option value="">nothing</option>
              {entry.oldestAt !== entry.at && (
                <option value="oldest">
                  the first one, {state.clock.value.when(epochOf(entry.oldestAt), state.nowMs.value)}
                </option>
              )}
              {sistersOf(entry.tag, asset, state.assets.value, state.tags.value).map(({ tag, name }) => (
                <option key={tag} value={tag}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <Picture source={source} why={source} description={description} />
    </section>
  );
}

/** The same place on other machines of the class. */
function sistersOf(
  tag: string,
  own: Asset,
  assets: readonly Asset[],
  tags: ReadonlyMap<string, unknown>,
): { readonly tag: string; readonly name: string }[] {
  if (own.class === null) return [];
  const place = tag.slice(own.id.length);
  return assets
    .filter((asset) => asset.id !== own.id && asset.class === own.class && tags.has(`${asset.id}${place}`))
    .map(({ id, name }) => ({ tag: `${id}${place}`, name }));
}

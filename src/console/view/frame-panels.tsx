import type { Asset, TagFrames } from '../api.generated.ts';
import { API } from '../link/client.ts';
import { epochOf } from '../text/time-text.ts';
import { tagLabel } from '../text/value-text.ts';
import { useConsole } from './console-context.ts';
import { Picture } from './picture.tsx';
import type { Captures } from './use-captures.ts';

/** Shows the newest thermal frame of each tag of an asset. Nothing without frames. */
export function FramePanels({
  asset,
  captures: { entries, trouble },
}: {
  readonly asset: Asset;
  readonly captures: Captures<TagFrames>;
}) {
  return (
    <>
      {trouble !== null && <p class="trouble">{trouble}</p>}
      {entries.map((entry) => (
        <FramePanel key={entry.tag} entry={entry} asset={asset} />
      ))}
    </>
  );
}

function FramePanel({ entry, asset }: { readonly entry: TagFrames; readonly asset: Asset }) {
  const { state } = useConsole();
  const label = tagLabel(entry.tag, asset.id);
  const path = `${API}/tags/${encodeURIComponent(entry.tag)}/frames/${encodeURIComponent(entry.at)}/picture?`;
  return (
    <section class="panel waveform" aria-label={`Thermal frame of ${label}`}>
      <h2 class="section-title">{label}: thermal frame</h2>
      <p class="page-note">
        Taken {state.clock.value.when(epochOf(entry.at), state.nowMs.value)}, {entry.width} × {entry.height} pixels
      </p>
      <Picture source={path} why={path} description={`Thermal frame of ${label}`} />
    </section>
  );
}

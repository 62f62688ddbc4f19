import type { Asset, HealthItem, Tag } from '../api.generated.ts';
import { Sparkline } from '../chart/sparkline.tsx';
import { TREND_SPAN_MS } from '../state/load-trends.ts';
import { linkTo } from '../state/route.ts';
import { type Known, knownOf, tellingTags, tileTags, valuedTags } from '../state/tile-tags.ts';
import { isDown } from '../text/state-words.ts';
import { tagLabel } from '../text/value-text.ts';
import { useConsole } from './console-context.ts';
import { HealthNumber } from './health-panel.tsx';
import { PriorityFlag } from './priority-shape.tsx';
import { TagValue } from './tag-value.tsx';

const TILE_WORDS: Readonly<Record<Known, string>> = { all: 'Normal', part: 'Partly unknown', none: 'Unknown' };

/** Shows one asset at a glance: grey while all is well, its worst alert as edge, shape and word when not, and its key values live. */
export function AssetTile({
  asset,
  tags,
  health,
}: {
  readonly asset: Asset;
  readonly tags: readonly Tag[];
  readonly health: HealthItem | undefined;
}) {
  const { state } = useConsole();
  const alerts = state.activeByAsset.value.get(asset.id) ?? [];
  const worst = alerts[0];
  const valued = valuedTags(tags);
  const shown = tileTags(valued, alerts);
  const hidden = valued.length - shown.length;
  return (
    <article
      class={`tile edge-${worst?.priority ?? 'none'} state-${worst?.state ?? 'normal'}`}
      data-testid={`tile-${asset.id}`}
      data-priority={worst?.priority ?? 'none'}
    >
      <header class="tile-head">
        <h3 class="tile-name">
          <a href={linkTo({ page: 'asset', id: asset.id })}>{asset.name}</a>
        </h3>
        {worst === undefined ? (
          <TileState asset={asset} tags={valued} />
        ) : (
          <PriorityFlag priority={worst.priority} state={worst.state} />
        )}
        {alerts.length > 1 && <span class="chip">{alerts.length} alerts</span>}
      </header>
      <dl class="tile-values">
        {shown.map((tag) => (
          <div key={tag.name} class="tile-row">
            <dt>{tagLabel(tag.name, asset.id)}</dt>
            <dd>
              <Sparkline tag={tag} spanMs={TREND_SPAN_MS} />
              <TagValue tag={tag} alert={alerts.find((alert) => alert.tag === tag.name)} />
            </dd>
          </div>
        ))}
      </dl>
      {health !== undefined && health.health !== null && health.health < 1 && (
        <p class="tile-more">
          Health <HealthNumber health={health.health} />
          {worst === undefined && ', by its parts'}
          {health.mode !== null && `, likely ${health.mode}`}
        </p>
      )}
      {hidden > 0 && <p class="tile-more">and {hidden} more</p>}
      {tags.length === 0 && <p class="tile-more">No tags</p>}
    </article>
  );
}

/** The word of a tile without an alert. "Normal" is only said of what is known. */
function TileState({ asset, tags }: { readonly asset: Asset; readonly tags: readonly Tag[] }) {
  const { state } = useConsole();
  const known = knownOf(
    tellingTags(tags).map((tag) => {
      const source = tag.source === null ? undefined : state.sources.value.get(tag.source);
      const quality = state.live.of(tag.name).latest.value?.quality ?? 'bad';
      return source !== undefined && isDown(source) ? 'bad' : quality;
    }),
  );
  return (
    <span class={`tile-state tile-${known}`} data-testid={`tile-state-${asset.id}`}>
      {TILE_WORDS[known]}
    </span>
  );
}

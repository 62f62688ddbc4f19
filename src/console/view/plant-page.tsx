import type { Asset, HealthItem, Tag } from '../api.generated.ts';
import { isDown } from '../text/state-words.ts';
import { AssetTile } from './asset-tile.tsx';
import { useConsole } from './console-context.ts';
import { useHealth } from './use-health.ts';

interface Group {
  readonly title: string | null;
  readonly tiles: readonly { readonly asset: Asset; readonly tags: readonly Tag[] }[];
}

/** Shows the whole plant: one tile per asset in the fixed order of the plant file, grouped by area. */
export function PlantPage() {
  const { client, state } = useConsole();
  const healths = useHealth(() => client.healths(), null);
  const healthOf = new Map<string, HealthItem>(healths?.map((item) => [item.asset, item]));
  const groups = groupTiles(state.assets.value, state.tags.value);
  const tiles = groups.reduce((sum, group) => sum + group.tiles.length, 0);
  const sources = [...state.sources.value.values()];
  const down = sources.filter(isDown).length;
  return (
    <>
      <h1 class="visually-hidden">Plant at a glance</h1>
      <p class="glance">
        {count(tiles, 'asset')}, {count(state.tags.value.size, 'tag')}, {count(sources.length, 'source')}
        {down > 0 && <strong class="ink-high"> ({down} not reachable)</strong>}
      </p>
      {state.isLoaded.value && tiles === 0 && (
        <p class="empty">This plant has no assets yet. Add some to the plant file, or push readings.</p>
      )}
      {groups.map((group) => (
        <section key={group.title} aria-label={group.title ?? 'Plant'}>
          {group.title !== null && <h2 class="group-title">{group.title}</h2>}
          <div class="tiles">
            {group.tiles.map(({ asset, tags }) => (
              <AssetTile key={asset.id} asset={asset} tags={tags} health={healthOf.get(asset.id)} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}

/** An asset with children and no tags of its own is a heading; everything else is a tile under its parent's heading. */
function groupTiles(assets: readonly Asset[], tags: ReadonlyMap<string, Tag>): readonly Group[] {
  const parents = new Set(assets.map((asset) => asset.parent));
  const groups = new Map<string | null, { title: string | null; tiles: { asset: Asset; tags: readonly Tag[] }[] }>();
  for (const asset of assets) {
    const own = asset.tags.flatMap((name) => tags.get(name) ?? []);
    if (own.length === 0 && parents.has(asset.id)) continue;
    const title = assets.find((one) => one.id === asset.parent)?.name ?? null;
    const group = groups.get(asset.parent) ?? { title, tiles: [] };
    group.tiles.push({ asset, tags: own });
    groups.set(asset.parent, group);
  }
  return [...groups.values()];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

import type { Alert, Asset } from '../api.generated.ts';

/**
 * What changes with every alert of an asset and of its parts, and with no other; of all assets when `of` is `null`. An asset that is a part
 * of itself does no harm.
 */
export function alertMarks(
  of: string | null,
  byAsset: ReadonlyMap<string, readonly Alert[]>,
  assets: readonly Pick<Asset, 'id' | 'parent'>[],
): string {
  const own = of === null ? [...byAsset.keys()] : [...withParts(of, assets)];
  return own
    .flatMap((asset) => byAsset.get(asset) ?? [])
    .map(({ id, state, level }) => `${id} ${state} ${level}`)
    .join();
}

function withParts(of: string, assets: readonly Pick<Asset, 'id' | 'parent'>[]): ReadonlySet<string> {
  const partsOf = new Map<string | null, string[]>();
  for (const { id, parent } of assets) {
    const parts = partsOf.get(parent);
    if (parts === undefined) partsOf.set(parent, [id]);
    else parts.push(id);
  }
  const found = new Set([of]);
  // A set hands out what is added to it while it is gone through.
  for (const whole of found) for (const part of partsOf.get(whole) ?? []) found.add(part);
  return found;
}

import { EACH_ASSET } from '../model/first-out.ts';
import type { Asset, Plant } from '../model/plant.ts';
import type { LoadContext } from './context.ts';
import { isUnset, placeOf } from './document.ts';
import type { FirstOutDraft } from './first-out-section.ts';
import { nearest } from './nearest.ts';

/** Checks that groups are of assets that there are, each in one of them, and gives nothing where all is as usual. */
export function readFirstOut(
  { root, report }: LoadContext,
  { window: windowMs = EACH_ASSET.windowMs, groups = {} }: FirstOutDraft = {},
  assets: readonly Asset[],
): Pick<Plant, 'firstOut'> {
  const ids = new Set(assets.map(({ id }) => id));
  const groupOf = new Map<string, string>();
  for (const [group, members] of Object.entries(groups)) {
    for (const [index, asset] of members.entries()) {
      const path = ['firstOut', 'groups', group, index];
      if (isUnset(root, path)) continue;
      const at = placeOf(root, path);
      const other = groupOf.get(asset);
      groupOf.set(asset, group);
      if (!ids.has(asset)) {
        const message = `unknown asset "${asset}" in firstOut.groups.${group}`;
        report.problem({ at, path, message, suggestion: nearest(asset, ids) });
      } else if (other !== undefined && other !== group)
        report.problem({
          at,
          path,
          message: `asset "${asset}" is in firstOut.groups.${other} already: write it in one`,
        });
    }
  }
  const isUsual = windowMs === EACH_ASSET.windowMs && groupOf.size === 0;
  return isUsual ? {} : { firstOut: { windowMs, groups } };
}

import { packs } from '../../rules/packs/packs.ts';
import { FAILURE_MODES } from '../model/failure-modes.ts';
import type { LoadContext } from './context.ts';
import { placeOf } from './document.ts';
import { nearest } from './nearest.ts';
import type { Path } from './problems.ts';
import type { PlantDraft } from './sections.ts';

/** Warns of words that may be meant as they are, and look like mistakes: a class that is nearly that of a pack, a failure mode without words. */
export function hintAtWords(context: LoadContext, { assets = {}, rules = {}, jobs = {} }: PlantDraft): void {
  const classes = packs.map((pack) => pack.class);
  for (const [id, { class: kind, pack }] of Object.entries(assets)) {
    if (kind === undefined || pack === 'none' || classes.includes(kind)) continue;
    const suggestion = nearest(kind, classes);
    if (suggestion === null) continue;
    warn(context, ['assets', id, 'class'], `there is no pack for the class "${kind}" of assets.${id}`, suggestion);
  }
  for (const [id, { workOrder }] of Object.entries(rules))
    if (typeof workOrder === 'object')
      checkMode(context, ['rules', id, 'workOrder', 'failureMode'], workOrder.failureMode);
  for (const [fault, { failureMode }] of Object.entries(jobs))
    checkMode(context, ['jobs', fault, 'failureMode'], failureMode);
}

function checkMode(context: LoadContext, path: Path, mode: string | undefined): void {
  if (mode === undefined || Object.hasOwn(FAILURE_MODES, mode)) return;
  const message = `there are no words for the failure mode "${mode}" in ${path.slice(0, 2).join('.')}: docs/plant-file.md lists those that there are`;
  warn(context, path, message, nearest(mode, Object.keys(FAILURE_MODES)));
}

function warn({ root, report }: LoadContext, path: Path, message: string, suggestion: string | null): void {
  report.warning({ at: placeOf(root, path), path, message, suggestion });
}

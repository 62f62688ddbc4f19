import type { Asset, SourceBinding, Tag } from '../model/plant.ts';
import { readConditioning, readDeadband } from './conditioning.ts';
import type { LoadContext } from './context.ts';
import { find, isUnset, placeOf } from './document.ts';
import { nearest } from './nearest.ts';
import type { AssetDraft, PlantDraft, TagDraft } from './sections.ts';
import { shape } from './shape.ts';
import { needsAddress, type ReadSource } from './sources.ts';
import { isKnownUnit, meantUnit, seldomUnit } from './units.ts';

/** The equipment of a plant, its tags, and where these lie, by source. */
export interface ReadAssets {
  readonly assets: readonly Asset[];
  readonly tags: ReadonlyMap<string, Tag>;
  readonly bindings: ReadonlyMap<string, readonly SourceBinding[]>;
}

/** Checks what assets and tags refer to (parents, adapters, addresses, units) and turns them into the model's. */
export function readAssets(
  context: LoadContext,
  draft: PlantDraft,
  sources: ReadonlyMap<string, ReadSource>,
): ReadAssets {
  const drafts = draft.assets ?? {};
  const assets: Asset[] = [];
  const tags = new Map<string, Tag>();
  const bindings = new Map<string, SourceBinding[]>();
  for (const [id, asset] of Object.entries(drafts)) {
    checkParent(context, id, drafts);
    assets.push(assetOf(id, asset));
    for (const [name, tag] of Object.entries(asset.tags ?? {})) {
      const read = readTag({ context, sources, asset: id, name }, tag);
      tags.set(read.tag.name, read.tag);
      if (read.binding === null || read.tag.source === null) continue;
      const known = bindings.get(read.tag.source);
      if (known === undefined) bindings.set(read.tag.source, [read.binding]);
      else known.push(read.binding);
    }
  }
  return { assets, tags, bindings };
}

function assetOf(id: string, draft: AssetDraft): Asset {
  return {
    id,
    name: draft.name ?? id,
    parent: draft.parent ?? null,
    class: draft.class ?? null,
    criticality: draft.criticality ?? null,
  };
}

/** A parent must exist, and nobody may be their own ancestor; a circle is told once, at its first asset. */
function checkParent(context: LoadContext, id: string, drafts: Readonly<Record<string, AssetDraft>>): void {
  const parent = drafts[id]?.parent;
  if (parent === undefined || isUnset(context.root, ['assets', id, 'parent'])) return;
  const path = ['assets', id, 'parent'];
  const at = placeOf(context.root, path);
  if (!Object.hasOwn(drafts, parent)) {
    const suggestion = nearest(parent, Object.keys(drafts));
    context.report.problem({ at, path, message: `unknown asset "${parent}" as parent of assets.${id}`, suggestion });
    return;
  }
  const line = [id];
  for (let next: string | undefined = parent; next !== undefined; next = drafts[next]?.parent) {
    if (next !== id) {
      if (line.includes(next)) return; // a circle further up, told there
      line.push(next);
      continue;
    }
    const ids = Object.keys(drafts);
    const isFirst = line.every((other) => ids.indexOf(other) >= ids.indexOf(id));
    const message = `assets.${id} is its own parent: ${[...line, id].join(' → ')}`;
    if (isFirst) context.report.problem({ at, path, message });
    return;
  }
}

/** Which tag is being read, and what it may refer to. */
interface TagPlace {
  readonly context: LoadContext;
  readonly sources: ReadonlyMap<string, ReadSource>;
  readonly asset: string;
  readonly name: string;
}

function readTag(place: TagPlace, draft: TagDraft): { readonly tag: Tag; readonly binding: SourceBinding | null } {
  const { context, sources, asset, name } = place;
  const path = ['assets', asset, 'tags', name];
  const conditioning = readConditioning(context, path, draft);
  const source = draft.from === undefined ? undefined : sources.get(draft.from);
  checkUnit(context, path, draft.unit);
  checkRange(context, path, draft.range);
  if (draft.from !== undefined && source === undefined && !isUnset(context.root, [...path, 'from'])) {
    const suggestion = nearest(draft.from, sources.keys());
    const message = `unknown adapter "${draft.from}" in ${path.join('.')}`;
    context.report.problem({
      at: placeOf(context.root, [...path, 'from']),
      path: [...path, 'from'],
      message,
      suggestion,
    });
  }
  const tag: Tag = {
    name: `${asset}.${name}`,
    asset,
    unit: draft.unit ?? null,
    source: source?.id ?? null,
    range: draft.range ?? null,
    deadband: readDeadband(context, path, draft),
    heartbeatMs: draft.heartbeat ?? 60_000,
    ...(conditioning && { conditioning }),
  };
  return { tag, binding: source === undefined ? null : readBinding(context, path, tag.name, source) };
}

/** `null`: the tag is delivered without being addressed, or its address is wrong. */
function readBinding(
  context: LoadContext,
  path: readonly string[],
  tag: string,
  source: ReadSource,
): SourceBinding | null {
  const within = [...path, 'address'];
  const keyAt = placeOf(context.root, within, 'key');
  const node = find(context.root, within);
  if (node === null) {
    if (needsAddress(source)) {
      const message = `missing "address" in ${path.join('.')}: ${source.id} (${source.common.kind}) reads only what has one`;
      context.report.problem({ at: placeOf(context.root, path, 'key'), path: within, message });
    }
    return { tag, address: undefined };
  }
  if (source.adapter === null) return null;
  const { value, complaints } = shape(source.adapter.address, node, { path: within, keyAt });
  for (const complaint of complaints) context.report.problem(complaint);
  const reason = complaints.length === 0 ? source.adapter.checkAddress?.(value) : null;
  if (reason) context.report.problem({ at: keyAt, path: within, message: `${within.join('.')}: ${reason}` });
  return { tag, address: value };
}

/** Warns of a unit that is not known. */
export function checkUnit(context: LoadContext, path: readonly string[], unit: string | undefined): void {
  const within = [...path, 'unit'];
  if (unit === undefined || isUnset(context.root, within)) return;
  const seldom = seldomUnit(unit);
  if (seldom !== null) {
    const message = `unit "${unit}" in ${path.join('.')} is ${seldom.is}`;
    context.report.warning({ at: placeOf(context.root, within), path: within, message, suggestion: seldom.meant });
  }
  if (isKnownUnit(unit)) return;
  const message = `unit "${unit}" in ${path.join('.')} is not a UCUM code that is known here`;
  context.report.warning({ at: placeOf(context.root, within), path: within, message, suggestion: meantUnit(unit) });
}

function checkRange(context: LoadContext, path: readonly string[], range: readonly [number, number] | undefined): void {
  if (range === undefined || range[0] < range[1]) return;
  const within = [...path, 'range'];
  const message = `range in ${path.join('.')} must go from low to high, not from ${range[0]} to ${range[1]}`;
  context.report.problem({ at: placeOf(context.root, within), path: within, message });
}

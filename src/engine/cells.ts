import { restoreSignal } from '../../rules/window/signal.ts';
import type { EpochMs } from '../model/reading.ts';
import type { TagState, WatchState } from './carriers.ts';
import { type DerivedState, derivedSnapshot, restoreDerived } from './derivations.ts';
import { joinSnapshot, restoreJoin } from './join.ts';
import { hasLearntOnce } from './lessons/lessons.ts';
import type { CellSnapshot } from './snapshot.ts';
import type { States } from './states.ts';
import { memoryInWords } from './words.ts';

/** What is saved together: the watches of one asset and the tags they read, or a part of them where there are many. */
export interface Cell {
  readonly asset: string;
  /** Counts from 0 within the asset. */
  readonly part: number;
  readonly tags: TagState[];
  readonly watches: WatchState[];
  readonly derived: DerivedState[];
  /** Something changed since it was last copied for a checkpoint. */
  isDirty: boolean;
}

/** As much as is written out in a few milliseconds. */
const MAX_IN_CELL = 400;

/** The cells of an engine, made as its tags and watches are. */
export class Cells {
  readonly all: Cell[] = [];
  readonly #open = new Map<string, Cell>();

  /** The cell in which the next tag or watch of an asset is saved. */
  of(asset: string): Cell {
    const open = this.#open.get(asset);
    if (open && open.tags.length + open.watches.length < MAX_IN_CELL) return open;
    const cell: Cell = { asset, part: open ? open.part + 1 : 0, tags: [], watches: [], derived: [], isDirty: true };
    this.#open.set(asset, cell);
    this.all.push(cell);
    return cell;
  }
}

/** Copies a cell, so that the engine can go on while it is written. */
export function copyCell({ asset, part, tags, watches, derived }: Cell): CellSnapshot {
  return {
    asset,
    part,
    tags: tags.filter(({ lastAt }) => lastAt > 0).map(copyTag),
    signals: tags.flatMap(({ name, signal }) => (signal ? [[name, copyPlain(signal)] as const] : [])),
    watches: watches.map(({ watch, detector, join, memory, alert, about, parked, anew }) => ({
      key: watch.key,
      fingerprint: watch.fingerprint,
      ...(watch.lessonPrint !== null && { lessonPrint: watch.lessonPrint }),
      detector: copyPlain(detector),
      ...(join && { join: joinSnapshot(join) }),
      memory: memoryInWords(memory, watch), // never changed in place
      alert,
      ...(about && { about: about.name }),
      parked,
      ...(anew && { anew }),
    })),
    ...(derived.length > 0 && { derived: derived.map(derivedSnapshot) }),
  };
}

function copyTag({ name, lastAt, value, skewMs }: TagState): [string, EpochMs, number | null, number] {
  return [name, lastAt, Number.isNaN(value) ? null : value, skewMs];
}

/** structuredClone takes five times as long for what is small and plain. */
function copyPlain<T>(value: T): T;
function copyPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return typeof value[0] === 'number' ? value.slice() : value.map((each) => copyPlain(each));
  const copy: Record<string, unknown> = { ...value };
  for (const key in copy) if (typeof copy[key] === 'object') copy[key] = copyPlain(copy[key]);
  return copy;
}

/**
 * Takes saved cells up again; what was saved of a rule that was changed since is left out. Answers which open alerts
 * that leaves without a rule, and why.
 */
export function restoreCells(
  cells: readonly Pick<CellSnapshot, 'tags' | 'signals' | 'watches' | 'derived'>[],
  { tags, watches, derived }: Pick<States, 'tags' | 'watches' | 'derived'>,
): ReadonlyMap<string, string> {
  const states = new Map(watches.map((state) => [state.watch.key, state]));
  const rules = new Set(watches.map(({ watch }) => watch.rule));
  const computed = new Map(derived.map((state) => [state.tag.name, state]));
  const letGo = new Map<string, string>();
  for (const cell of cells) {
    for (const [name, lastAt, value, skewMs] of cell.tags) {
      const tag = tags.get(name);
      if (tag) Object.assign(tag, { lastAt, value: value ?? Number.NaN, skewMs });
    }
    for (const [name, signal] of cell.signals ?? []) {
      const tag = tags.get(name);
      if (tag?.signal) restoreSignal(tag.signal, signal);
    }
    for (const saved of cell.derived ?? []) restoreDerived(computed.get(saved.tag), saved);
    for (const { key, fingerprint, lessonPrint, detector, join, memory, alert, about, parked, anew } of cell.watches) {
      const state = states.get(key);
      if (state && hasLearntOnce(state.watch, lessonPrint))
        Object.assign(state, { detector, isFresh: false, anew: anew ?? null });
      if (state?.watch.fingerprint === fingerprint) {
        Object.assign(state, { detector, memory, alert, parked, anew: anew ?? null, isFresh: false });
        state.about = state.watch.tags.find(({ name }) => name === about) ?? null;
        if (state.join && join) restoreJoin(state.join, join);
      } else if (alert !== null) {
        const [rule = '', tag = ''] = key.split('|');
        const what = state ? 'was changed' : rules.has(rule) ? `no longer watches ${tag}` : 'was removed';
        letGo.set(alert, `the rule ${rule} ${what}`);
      }
    }
  }
  return letGo;
}

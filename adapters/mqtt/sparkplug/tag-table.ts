import type { Binding } from '../../adapter.ts';
import type { EdgeId } from './message-topic.ts';
import type { Address } from './settings.ts';

/** One path of one edge node or device, and the tags it is read as. */
export interface Slot {
  readonly tags: readonly string[];
  readonly isBound: boolean;
  /** Newest time that was delivered; -Infinity: none yet. */
  newestAt: number;
  /** `unknown`: nothing was delivered since this link is up. */
  state: 'unknown' | 'live' | 'stale';
}

/** Why a path is read as no tag; `control`: it is no measured value. */
export type NoSlot = 'control' | 'duplicate' | 'adopt_limit';

/** A device, or an edge node itself. */
interface Scope {
  /** Of what is not listed in the plant file. */
  readonly asset: string;
  readonly paths: Map<string, Slot>;
}

/** What the tags of a source are found by. */
export interface TagTableOptions {
  readonly bindings: readonly Binding<Address>[];
  /** How the asset of an unlisted metric is called: text with `{group}`, `{edge}` and `{device}`. */
  readonly asset: string;
  /** Most paths that are remembered. */
  readonly maxMetrics: number;
}

/** Which tag each metric is, of every edge node of a source. Bounded: what is one too many is refused. */
export class TagTable {
  readonly #options: TagTableOptions;
  readonly #edges = new Map<string, Map<string, Scope>>();
  readonly #owners = new Map<string, Slot>();
  #count = 0;

  constructor(options: TagTableOptions) {
    this.#options = options;
    const bound = new Map<string, { readonly address: Address; readonly tags: string[] }>();
    for (const { tag, address } of options.bindings) {
      const key = JSON.stringify([address.group, address.edge, address.device ?? '', address.metric]);
      const known = bound.get(key);
      if (known === undefined) bound.set(key, { address, tags: [tag] });
      else known.tags.push(tag);
    }
    for (const { address, tags } of bound.values()) {
      const { paths } =
        this.#scopeOf(address, address.device ?? null) ?? this.#makeScope(address, address.device ?? null);
      this.#add(paths, address.metric, { tags, isBound: true });
    }
  }

  /** The slot of a path; made when it is new. */
  find(id: EdgeId, device: string | null, path: string): Slot | NoSlot {
    const scope = this.#scopeOf(id, device);
    const known = scope?.paths.get(path);
    if (known !== undefined) return known;
    if (isControl(path)) return 'control';
    if (this.#count >= this.#options.maxMetrics) return 'adopt_limit';
    const { asset, paths } = scope ?? this.#makeScope(id, device);
    const tag = `${asset}.${path}`;
    return this.#owners.has(tag) ? 'duplicate' : this.#add(paths, path, { tags: [tag], isBound: false });
  }

  /** Forgets a path that was not listed in the plant file. */
  forget(id: EdgeId, device: string | null, path: string): void {
    const paths = this.#scopeOf(id, device)?.paths;
    const slot = paths?.get(path);
    if (!paths || !slot || slot.isBound) return;
    paths.delete(path);
    this.#count -= 1;
    for (const tag of slot.tags) this.#owners.delete(tag);
  }

  /** Everything that is read from a device, or from the edge node itself, by path. */
  pathsOf(id: EdgeId, device: string | null): ReadonlyMap<string, Slot> {
    return this.#scopeOf(id, device)?.paths ?? new Map();
  }

  /** Every slot of the source. */
  *slots(): Generator<Slot> {
    for (const devices of this.#edges.values()) for (const { paths } of devices.values()) yield* paths.values();
  }

  /** The devices of an edge node of which something is read; `null` is the edge node itself. */
  devicesOf(id: EdgeId): readonly (string | null)[] {
    return [...(this.#edges.get(keyOf(id))?.keys() ?? [])].map((device) => (device === '' ? null : device));
  }

  #scopeOf(id: EdgeId, device: string | null): Scope | undefined {
    return this.#edges.get(keyOf(id))?.get(device ?? '');
  }

  #makeScope(id: EdgeId, device: string | null): Scope {
    const made: Scope = { asset: assetOf(this.#options.asset, id, device), paths: new Map() };
    const devices = this.#edges.get(keyOf(id)) ?? new Map<string, Scope>();
    this.#edges.set(keyOf(id), devices.set(device ?? '', made));
    return made;
  }

  #add(paths: Map<string, Slot>, path: string, named: Pick<Slot, 'tags' | 'isBound'>): Slot {
    const slot: Slot = { ...named, newestAt: Number.NEGATIVE_INFINITY, state: 'unknown' };
    paths.set(path, slot);
    for (const tag of slot.tags) this.#owners.set(tag, slot);
    this.#count += 1;
    return slot;
  }
}

/** Whether a metric is part of the protocol and no measured value: bdSeq, and the commands of an edge node. */
export function isControl(path: string): boolean {
  return path === 'bdSeq' || path.startsWith('Node Control/') || path.startsWith('Device Control/');
}

/** One text for an edge node: ids have no `/`. */
export function keyOf({ group, edge }: EdgeId): string {
  return `${group}/${edge}`;
}

/** Asset of an unlisted metric: what an asset id may not have becomes `-`, and none is left at its ends. */
export function assetOf(pattern: string, { group, edge }: EdgeId, device: string | null): string {
  const filled = pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (name === 'group') return group;
    if (name === 'edge') return edge;
    return device ?? ''; // the schema allows no other
  });
  return filled.replaceAll(/[^A-Za-z0-9_-]/g, '-').replaceAll(/^-+|-+$/g, '');
}

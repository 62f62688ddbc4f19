import type { AdapterContext, Binding, Reading } from '../adapter.ts';
import type { Address } from './settings.ts';
import { addClock, addItems, type Refusal, removeItems, type Target } from './subscription.ts';

/** The items of one subscription: which of them the server took, and which it refused. */
export interface ItemList {
  addClock(handle: number): Promise<boolean>;
  /** Adds the bindings with these numbers; each that is refused is kept for a later attempt. */
  add(handles: readonly number[]): Promise<void>;
  isTaken(handle: number): boolean;
  /** Makes the server forget items and takes them anew, which brings their present value. */
  renew(handles: readonly number[]): Promise<void>;
  /** Adds again what was refused. */
  retryRefused(): Promise<void>;
  /** Delivers one bad reading for each that was refused since the last call, with the server's reason. */
  tellRefused(): Promise<void>;
}

/** Makes the list, still empty, of a subscription. */
export function createItemList(target: Target, bindings: readonly Binding<Address>[], ctx: AdapterContext): ItemList {
  const taken = new Map<number, number>();
  const refused = new Set<number>();
  let untold: readonly Refusal[] = [];

  const add = async (handles: readonly number[]) => {
    if (handles.length === 0) return;
    const items = handles.map((handle) => ({ handle, binding: bindings[handle]! }));
    const startedAt = ctx.clock.now();
    const added = await addItems(target, items);
    const ms = Math.max(0, ctx.clock.now() - startedAt);
    for (const [handle, id] of added.taken) {
      taken.set(handle, id);
      refused.delete(handle);
    }
    untold = [...untold, ...added.refusals.filter(({ item }) => !refused.has(item.handle))];
    for (const { item, status } of added.refusals) {
      refused.add(item.handle);
      ctx.observe({ unit: item.binding.tag, code: target.library.getStatusCodeFromCode(status).name, ms });
    }
    for (const { binding } of added.withoutDeadband)
      ctx.observe({ unit: binding.tag, code: 'deadband_refused', ms: 0 });
  };

  const tellRefused = async () => {
    const batch = untold.map(({ item, status }): Reading => {
      return { tag: item.binding.tag, at: ctx.clock.now(), value: null, quality: 'bad', code: status };
    });
    untold = [];
    if (batch.length > 0) await ctx.sink(batch);
  };

  return {
    addClock: (handle) => addClock(target, handle),
    add,
    isTaken: (handle) => taken.has(handle),
    renew: async (handles) => {
      const ids = handles.flatMap((handle) => taken.get(handle) ?? []);
      for (const handle of handles) taken.delete(handle);
      await removeItems(target, ids);
      await add(handles);
      await tellRefused();
    },
    retryRefused: () => add([...refused]),
    tellRefused,
  };
}

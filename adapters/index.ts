import type { AdapterModule } from './adapter.ts';
import { http, type PushModule } from './http/index.ts';
import { modbus } from './modbus/index.ts';
import { mqtt } from './mqtt/index.ts';
import { sparkplug } from './mqtt/sparkplug/index.ts';
import { opcua } from './opcua/index.ts';
import { simulator } from './simulator/index.ts';

/** Every adapter there is: one line each. */
export const adapters: readonly (AdapterModule | PushModule)[] = [
  modbus as unknown as AdapterModule,
  opcua as unknown as AdapterModule,
  mqtt as unknown as AdapterModule,
  sparkplug as unknown as AdapterModule,
  http,
  simulator as unknown as AdapterModule,
];

/** How often a source brings a reading of each tag, ms, or only on change; `undefined` when its protocol does not say. */
export function dueOf(
  source: { readonly kind: string; readonly config: Readonly<Record<string, unknown>> } | undefined,
): number | 'on change' | undefined {
  const adapter = adapters.find(({ kind }) => kind === source?.kind);
  if (!source || !adapter || !('dueEveryMs' in adapter)) return undefined;
  return adapter.dueEveryMs?.(source.config) ?? 'on change';
}

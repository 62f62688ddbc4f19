import type { Source } from '../model/plant.ts';

/** Readings can always be pushed; without a configured source for it, only for tags of the plant file. */
export function withPush(sources: readonly Source[]): readonly Source[] {
  if (sources.some(({ kind }) => kind === 'http')) return sources;
  const push: Source = {
    id: sources.some(({ id }) => id === 'push') ? 'http-push' : 'push',
    kind: 'http',
    adopt: 'never',
    adoptLimit: 0,
    alertAfterMs: 0,
    priority: 'low',
    config: {},
    bindings: [],
  };
  return [...sources, push];
}

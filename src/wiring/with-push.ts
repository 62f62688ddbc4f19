import type { Source } from '../model/plant.ts';
import { implicitPushId } from '../model/push-source.ts';

/** Readings can always be pushed; without a configured source for it, only for tags of the plant file. */
export function withPush(sources: readonly Source[]): readonly Source[] {
  const id = implicitPushId(sources);
  if (id === null) return sources;
  const push: Source = {
    id,
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

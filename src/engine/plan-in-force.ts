import { createHash } from 'node:crypto';
import type { JudgedPlant, PlanInForce } from '../model/judged-plant.ts';

/** A longer one, in characters of JSON, has no room in a record of the log: some 30,000 tags with a rule each. */
const MAX_LENGTH = 5_000_000;

/**
 * Takes from a plant what the engine judges by, with its version, and says whether it fits into the log. Linear in the plant:
 * some 10 ms for 10,000 tags.
 */
export function planInForceOf({ rules, tags, timezone, sources }: JudgedPlant): {
  readonly plan: PlanInForce;
  readonly fits: boolean;
} {
  const plant: JudgedPlant = {
    rules,
    tags,
    ...(timezone !== undefined && { timezone }),
    sources: sources.map(({ id, kind, alertAfterMs, latenessMs, priority }) => ({
      id,
      kind,
      alertAfterMs,
      ...(latenessMs !== undefined && { latenessMs }),
      priority,
    })),
  };
  const text = JSON.stringify(plant);
  const version = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { plan: { version, plant }, fits: text.length <= MAX_LENGTH };
}

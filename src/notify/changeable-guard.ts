import { createTargetGuard, type TargetGuard } from './target-guard.ts';

/** A guard whose list of private networks can be replaced: everybody who has it sees the new one at once. */
export interface ChangeableGuard extends TargetGuard {
  /** Throws a ConfigError for a block that is none; then the list stays. */
  allow(blocks: readonly string[]): void;
}

/** Makes a guard; see `createTargetGuard`. */
export function createChangeableGuard(blocks: readonly string[]): ChangeableGuard {
  let guard = createTargetGuard({ allow: blocks });
  return {
    allow: (next) => {
      guard = createTargetGuard({ allow: next });
    },
    refuse: (url) => guard.refuse(url),
    refuseAddress: (address, reach) => guard.refuseAddress(address, reach),
    reachOf: (protocol, port) => guard.reachOf(protocol, port),
    lookup: (reach) => (hostname, options, callback) => guard.lookup(reach)(hostname, options, callback),
  };
}

import type { ApiServices } from '../api/services.ts';
import type { Database } from '../store/database.ts';

/** What must be well for the service to do its work. */
export interface Vitals {
  /** Aborted: it stops. */
  readonly stopping: AbortSignal;
  /** Each says what is wrong with it, or `null`. */
  readonly store: { trouble(): string | null };
  readonly log: { readonly trouble: string | null };
  readonly engine: { readonly trouble: string | null };
  readonly features: { trouble(): string | null };
  readonly hasWriterFailed: () => boolean;
  readonly database: Database;
}

/** Makes what says why the service is not ready: what is nearest to the intake first. */
export function createReadiness(vitals: Vitals): Pick<ApiServices, 'notReady'> {
  const { stopping, store, log, engine, features, hasWriterFailed, database } = vitals;
  return {
    notReady: async () => {
      if (stopping.aborted) return ['the service is stopping'];
      const taken = store.trouble();
      if (taken !== null) return [taken];
      if (log.trouble !== null) return [log.trouble];
      if (engine.trouble !== null) return ['the engine does not evaluate: see the service log'];
      if (hasWriterFailed()) return ['readings are kept, but not written to the database: see the service log'];
      const behind = features.trouble();
      if (behind !== null) return [behind];
      return await database.query('select 1').then(
        () => [],
        () => ['the database does not answer'],
      );
    },
  };
}

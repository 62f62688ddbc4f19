import type { AdapterModule } from '../../adapters/adapter.ts';
import type { Detector } from '../../rules/detector.ts';
import type { LocatedMap } from './document.ts';
import type { Report } from './problems.ts';

/** What of an adapter the plant file must know: the word for it, its schemas, and what these cannot say. */
export type AdapterSchemas = Pick<AdapterModule, 'kind' | 'config' | 'address' | 'checkConfig' | 'checkAddress'>;

/** What the passes over one file share. */
export interface LoadContext {
  readonly root: LocatedMap;
  readonly file: string;
  readonly adapters: readonly AdapterSchemas[];
  readonly detectors: readonly Detector[];
  readonly secrets: 'required' | 'unchecked';
  readonly report: Report;
  readSecret(path: string): SecretRead;
  /** Whether a file is there and everybody on the machine may read it. */
  isOpenToAll(path: string): boolean;
}

/** A secret, or why it cannot be read. */
export type SecretRead =
  | { readonly ok: true; readonly secret: string }
  | { readonly ok: false; readonly reason: string };

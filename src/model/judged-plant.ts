import type { Plant, Source } from './plant.ts';

/** What of a plant decides which alerts are raised: no secrets, nothing of protocols. */
export interface JudgedPlant extends Pick<Plant, 'rules' | 'tags'>, Partial<Pick<Plant, 'timezone'>> {
  readonly sources: readonly JudgedSource[];
}

/** What of a source decides it. */
export type JudgedSource = Pick<Source, 'id' | 'kind' | 'alertAfterMs' | 'latenessMs' | 'priority'>;

/** A plant that rules are judged by, and a hash of it: two of the same version are the same. */
export interface PlanInForce {
  readonly version: string;
  readonly plant: JudgedPlant;
}

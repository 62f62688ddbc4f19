import { type Static, Type } from 'typebox';
import { jobPlans } from '../../rules/packs/jobs.ts';
import type { JobPlan } from '../model/plant.ts';
import type { LoadContext } from './context.ts';
import { placeOf } from './document.ts';
import { nearest } from './nearest.ts';

/** What the plant does about one fault. */
export const JobSection = Type.Object(
  {
    title: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'What the job is called, behind the name of the asset.',
      examples: ['replace the bearing'],
    }),
    failureMode: Type.String({
      pattern: '^[A-Z]{3}$',
      default: 'OTH',
      description: 'ISO 14224 failure mode of the job.',
      examples: ['VIB'],
    }),
    steps: Type.Array(Type.String({ minLength: 1, maxLength: 1_000 }), {
      maxItems: 100,
      default: [],
      description: 'What is done, in its order.',
      examples: [['Lock out and tag out the drive.']],
    }),
  },
  { additionalProperties: false },
);

export type JobDraft = Partial<Static<typeof JobSection>>;

/** The plans of jobs by fault: ours, and in their place those of the plant file. */
export function readJobs(
  { root, report }: LoadContext,
  drafts: Readonly<Record<string, JobDraft>>,
): Readonly<Record<string, JobPlan>> {
  const own = Object.entries(drafts).map(([fault, { title = '', failureMode = 'OTH', steps = [] }]) => {
    if (!Object.hasOwn(jobPlans, fault)) {
      const path = ['jobs', fault];
      const names = Object.keys(jobPlans);
      const message = `no method names a fault "${fault}": there are ${names.join(', ')}`;
      report.problem({ at: placeOf(root, path, 'key'), path, message, suggestion: nearest(fault, names) });
    }
    return [fault, { title, failureMode, steps }] as const;
  });
  return { ...jobPlans, ...Object.fromEntries(own) };
}

import { type TSchema, Type } from 'typebox';
import { actOnJob } from '../../maintenance/act-on-job.ts';
import type { JobAct } from '../../maintenance/move-job.ts';
import { ApiError } from '../../model/errors.ts';
import type { WorkFound } from '../../model/work-order.ts';
import { presentWorkOrder } from '../present.ts';
import { Problem, problemResponses } from '../problem.ts';
import { WorkOrderSchema, words } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';
import { requireWorkOrder } from './work-orders.ts';

const Words = Type.Optional(Type.String({ maxLength: 2_000, pattern: '^[^\\u0000]*$' }));
const Note = Type.Object({ note: Words }, { additionalProperties: false });
const Result = Type.Object(
  {
    found: Type.Optional(
      Type.Unsafe<WorkFound>({
        ...words('fault', 'nothing'),
        description: '`fault`: a label of back-tests. `nothing`: the alert was false. Absent: not said, and no label.',
      }),
    ),
    cause: Words,
    remedy: Words,
    notes: Words,
    learnAnew: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'The machine is another one now: all rules on it that keep what they learn learn it anew.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** What people do about jobs. Whoever sends the same again gets the same answer. */
export function workOrderActionRoutes(routes: Routes, { database, plant, clock, live, jobDone }: ApiServices): void {
  const schemaOf = <B extends TSchema>(summary: string, body: B) => ({
    tags: ['maintenance'],
    summary,
    params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
    body: Type.Optional(Type.Union([body, Type.Null()])),
    response: { 200: WorkOrderSchema, 404: Problem, 409: Problem, ...problemResponses },
  });
  const config = { scope: 'operate' } as const;

  routes.post(
    '/work-orders/:id/start',
    { config, schema: schemaOf('Says that somebody works on the job.', Note) },
    ({ params: { id }, body, caller }) =>
      carryOut(id, { kind: 'start', note: wordsOf(body?.note) }, caller!.principal.name),
  );

  routes.post(
    '/work-orders/:id/complete',
    { config, schema: schemaOf('Closes the job: it is done. With what was found and what was done about it.', Result) },
    async ({ params: { id }, body, caller }) => {
      const { found = null, learnAnew = false, cause, remedy, notes } = body ?? {};
      const result = { found, cause: wordsOf(cause), remedy: wordsOf(remedy), notes: wordsOf(notes) };
      const by = caller!.principal.name;
      const { order, presented } = await move(id, { kind: 'complete', ...result }, by);
      // Also where it was completed before: whoever sends it again may have had no answer as the log took nothing.
      await jobDone(order, { by, isAnotherMachine: learnAnew });
      return presented;
    },
  );

  routes.post(
    '/work-orders/:id/cancel',
    { config, schema: schemaOf('Closes the job without doing it.', Note) },
    ({ params: { id }, body, caller }) =>
      carryOut(id, { kind: 'cancel', note: wordsOf(body?.note) }, caller!.principal.name),
  );

  async function carryOut(id: string, act: JobAct, by: string) {
    return (await move(id, act, by)).presented;
  }

  async function move(id: string, act: JobAct, by: string) {
    const { number } = await requireWorkOrder(database, id);
    const acted = (await actOnJob(database, { number, act, by, at: clock.now(), plant: plant.name }))!; // jobs are never deleted
    if (acted.kind === 'refused') throw new ApiError(409, 'conflict', acted.why);
    const presented = presentWorkOrder(acted.job);
    if (acted.kind === 'moved') live.send('workOrder', presented);
    return { order: acted.job, presented };
  }
}

function wordsOf(written: string | undefined): string | null {
  const trimmed = written?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

import { Type } from 'typebox';
import type { ForgetCommand } from '../../model/log-record.ts';
import { formatTime } from '../../model/time.ts';
import type { WorkOrder } from '../../model/work-order.ts';
import { Problem, problemResponses } from '../problem.ts';
import { nullable, Time, text } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';

/** What people can tell rules that learn. */
export interface LearningServices {
  /**
   * Has a rule, or all rules on an asset and its parts, forget what they learnt. Resolves once that would survive a power cut; throws
   * `not_found`, and `conflict` where nobody keeps what it learns.
   */
  readonly learnAnew: (
    of: { readonly rule: string; readonly tag: string | null } | { readonly asset: string },
    said: { readonly by: string; readonly note?: string },
  ) => Promise<ForgetCommand>;
  /** Has rules forget what a job that is done was about, where it found a fault. Said again, nothing is forgotten again. */
  readonly jobDone: (
    job: Pick<WorkOrder, 'id' | 'number' | 'asset' | 'found' | 'closedAt'>,
    done: { readonly by: string; readonly isAnotherMachine: boolean },
  ) => Promise<void>;
}

const Note = Type.Optional(
  Type.String({ maxLength: 2_000, pattern: '^[^\\u0000]*$', description: 'Why: a new bearing, another motor.' }),
);
const Answer = Type.Object(
  {
    at: Time,
    by: text,
    note: nullable(text),
    rules: Type.Array(
      Type.Object(
        { rule: text, tag: nullable(Type.String({ description: 'null: on all its tags.' })) },
        { title: 'LearnsAnew' },
      ),
      { description: 'Those that learn anew.' },
    ),
  },
  { title: 'LearntAnew' },
);

/** A machine that is another one now: its rules learn anew what is normal. */
export function learningRoutes(routes: Routes, { learnAnew }: ApiServices): void {
  const schema = {
    tags: ['alerts'],
    description:
      'From now on it says nothing until it has learnt, and an open alert of it stays until then. It goes through the readings log, and back-tests do it again.',
    response: { 200: Answer, 404: Problem, 409: Problem, ...problemResponses },
  };
  routes.post(
    '/rules/:rule/learn-anew',
    {
      config: { scope: 'operate' },
      schema: {
        ...schema,
        summary: 'Has a rule forget what it learnt.',
        params: Type.Object({ rule: Type.String({ maxLength: 500 }) }),
        body: Type.Optional(
          Type.Union([
            Type.Object(
              {
                note: Note,
                tag: Type.Optional(
                  Type.String({ maxLength: 500, description: 'On this tag only, where it judges each by itself.' }),
                ),
              },
              { additionalProperties: false },
            ),
            Type.Null(),
          ]),
        ),
      },
    },
    async ({ params: { rule }, body, caller }) =>
      present(await learnAnew({ rule, tag: body?.tag ?? null }, said(caller!.principal.name, body?.note))),
  );
  routes.post(
    '/assets/:asset/learn-anew',
    {
      config: { scope: 'operate' },
      schema: {
        ...schema,
        summary: 'Has all rules on an asset and its parts forget what they learnt.',
        params: Type.Object({ asset: Type.String({ maxLength: 500 }) }),
        body: Type.Optional(Type.Union([Type.Object({ note: Note }, { additionalProperties: false }), Type.Null()])),
      },
    },
    async ({ params: { asset }, body, caller }) =>
      present(await learnAnew({ asset }, said(caller!.principal.name, body?.note))),
  );
}

function said(by: string, note = ''): { readonly by: string; readonly note?: string } {
  return note.trim() === '' ? { by } : { by, note: note.trim() };
}

function present({ at, by, note, of }: ForgetCommand) {
  return { at: formatTime(at), by, note: note ?? null, rules: of.map(({ rule, tag }) => ({ rule, tag })) };
}

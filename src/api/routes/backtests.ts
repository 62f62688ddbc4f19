import { type Static, Type } from 'typebox';
import type { Backtests } from '../../engine/backtest/backtests.ts';
import { boundRange } from '../../engine/backtest/bound-range.ts';
import type { Label } from '../../engine/backtest/judge.ts';
import type { Clock } from '../../model/clock.ts';
import { ApiError } from '../../model/errors.ts';
import type { Plant } from '../../model/plant.ts';
import type { EpochMs } from '../../model/reading.ts';
import { parseTime } from '../../model/time.ts';
import { BacktestDetail, BacktestSchema, presentBacktest, presentBacktestDetail } from '../backtest-schemas.ts';
import { Problem, problemResponses } from '../problem.ts';
import { words } from '../schemas.ts';
import type { Routes } from '../services.ts';

/** What the routes need: see wiring/backtests.ts. */
export interface BacktestServices {
  readonly clock: Clock;
  readonly backtests: {
    readonly jobs: Backtests;
    readonly present: () => Plant;
    readonly readPlant: (text: string) => Promise<Plant>;
  };
}

const MAX_PLANT_LENGTH = 900_000;
const MAX_LABELS = 1_000;
const name = Type.String({ minLength: 1, maxLength: 500 });
const time = Type.String({ maxLength: 100, description: 'RFC 3339.' });

const Body = Type.Object(
  {
    from: time,
    to: time,
    plant: Type.Optional(
      Type.String({
        maxLength: MAX_PLANT_LENGTH,
        description: 'The text of a plant file with the rules to try; without it those of this service.',
      }),
    ),
    against: Type.Optional({
      ...words('journal', 'rules'),
      description:
        '`rules`: those of this service, run over the same history (default with `plant`); `journal`: what it did live.',
    }),
    rules: Type.Array(name, { default: [], maxItems: 1_000, description: 'Only these; empty: all.' }),
    warmUpS: Type.Number({
      default: 3_600,
      minimum: 0,
      maximum: 31_557_600,
      description: 'History before `from` that the rules see first, s.',
    }),
    lookBackS: Type.Union([Type.Number({ minimum: 0, maximum: 31_557_600 }), Type.Null()], {
      default: 604_800,
      description:
        'How long before a job that is done was made its fault could be seen, s; null: jobs are not looked at.',
    }),
    labels: Type.Array(
      Type.Object(
        {
          asset: Type.Optional(name),
          tag: Type.Optional(name),
          from: time,
          to: time,
          name: Type.Optional(name),
        },
        { additionalProperties: false },
      ),
      { default: [], maxItems: MAX_LABELS, description: 'What was really wrong, and when.' },
    ),
  },
  { additionalProperties: false },
);

/** Rules tried on stored history: asked for, watched, cancelled. They run one after the other, beside the line. */
export function backtestRoutes(routes: Routes, { backtests, clock }: BacktestServices): void {
  const params = Type.Object({ id: Type.String({ maxLength: 200 }) });

  routes.post(
    '/backtests',
    {
      config: { scope: 'operate' },
      schema: {
        tags: ['back-tests'],
        summary: 'Runs rules over stored history; the answer is where to look for what they find.',
        body: Body,
        response: { 202: BacktestSchema, 429: Problem, ...problemResponses },
      },
    },
    async ({ body, caller }, reply) => {
      const { jobs, readPlant } = backtests;
      const present = backtests.present();
      const range = boundRange(
        { ...rangeOf(body, 'the range'), warmUpMs: body.warmUpS * 1_000 },
        { now: clock.now(), keepMs: present.retention.readingsMs },
      );
      const plant = body.plant === undefined ? present : await readPlant(body.plant);
      const against = body.against ?? (body.plant === undefined ? 'journal' : 'rules');
      const compared = against === 'rules' ? present : null;
      requireRules(body.rules, compared === null ? [plant] : [plant, compared]);
      const job = jobs.start(
        {
          ...range,
          plant,
          present: compared,
          rules: body.rules,
          workOrderMs: body.lookBackS === null ? null : body.lookBackS * 1_000,
          labels: body.labels.map((label) => labelOf(label, plant)),
        },
        caller!.principal.name,
      );
      return reply.code(202).send(presentBacktest(job));
    },
  );

  routes.get(
    '/backtests',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['back-tests'],
        summary: 'Back-tests since the service was started, newest first; only the last ones are kept.',
        response: { 200: Type.Object({ items: Type.Array(BacktestSchema) }), ...problemResponses },
      },
    },
    async () => ({ items: backtests.jobs.list().map(presentBacktest) }),
  );

  routes.get(
    '/backtests/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['back-tests'],
        summary: 'One back-test: how far it is, and what it found.',
        params,
        response: { 200: BacktestDetail, 404: Problem, ...problemResponses },
      },
    },
    async ({ params: { id } }) => {
      const job = backtests.jobs.find(id);
      if (!job) throw unknownJob(id);
      return presentBacktestDetail(job);
    },
  );

  routes.delete(
    '/backtests/:id',
    {
      config: { scope: 'operate' },
      schema: {
        tags: ['back-tests'],
        summary: 'Cancels a back-test that waits or runs; forgets one that has ended.',
        params,
        response: { 204: Type.Null(), 404: Problem, ...problemResponses },
      },
    },
    async ({ params: { id } }, reply) => {
      if (!backtests.jobs.remove(id)) throw unknownJob(id);
      return reply.code(204).send(null);
    },
  );
}

function unknownJob(id: string): ApiError {
  return new ApiError(404, 'not_found', `there is no back-test ${JSON.stringify(id)}`);
}

function rangeOf(
  written: { readonly from: string; readonly to: string },
  what: string,
): { from: EpochMs; to: EpochMs } {
  const [from, to] = [parseTime(written.from), parseTime(written.to)];
  if (from === null || to === null) throw invalid(`${what}: from and to are RFC 3339 times`);
  if (from < 0 || to <= from) throw invalid(`${what}: it ends before it begins, or begins before 1970`);
  return { from, to };
}

function labelOf(written: Static<typeof Body>['labels'][number], plant: Plant): Label {
  const tag = plant.tags.find((each) => each.name === written.tag);
  if (written.tag !== undefined && !tag) throw invalid(`labels: there is no tag ${written.tag}`);
  const asset = tag?.asset ?? written.asset;
  if (asset === undefined || !plant.assets.some(({ id }) => id === asset))
    throw invalid(asset === undefined ? 'labels: say which asset or tag' : `labels: there is no asset ${asset}`);
  const range = rangeOf(written, 'labels');
  return { ...range, name: written.name ?? written.tag ?? asset, asset, tag: tag?.name ?? null, origin: 'label' };
}

function requireRules(asked: readonly string[], plants: readonly Plant[]): void {
  const known = new Set(plants.flatMap(({ rules }) => rules.map(({ id }) => id)));
  const unknown = asked.find((rule) => !known.has(rule));
  if (unknown !== undefined) throw invalid(`rules: there is no rule ${unknown}`);
}

function invalid(message: string): ApiError {
  return new ApiError(400, 'body_invalid', message);
}

import { Type } from 'typebox';
import type { TagJudge, TagJudges } from '../../model/tag-judge.ts';
import { formatOptionalTime, formatTime } from '../../model/time.ts';
import { listAlertMarks } from '../../store/tag-marks.ts';
import { type NormalCourse, normalCourse } from '../history/normal-course.ts';
import { createTurns } from '../history/turns.ts';
import { queryRange, RangeQuery, requireTag } from '../history-query.ts';
import { Problem, problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';
import { TagJudgesAnswer } from '../tag-judge-schemas.ts';
import { whyMuted } from '../why-muted.ts';

/** A page of charts asks for all of them at once, and so does every screen on the wall. */
const TURNS = { places: 4, waiting: 200, what: 'requests for what rules see' } as const;
const MOST_MARKS = 50;

/** What the route is made of besides the database. */
export interface TagJudgeServices {
  /** Who judges a tag, and what they see there. */
  readonly judgesOf: (tag: string) => Promise<TagJudges>;
}

/** What rules see on a tag, so that a chart shows what it was judged by. */
export function tagJudgeRoutes(routes: Routes, { database, clock, judgesOf, healthOf, plant }: ApiServices): void {
  const turns = createTurns(TURNS);

  routes.get(
    '/tags/:tag/rules',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['readings'],
        summary: 'What rules see on a tag: limits, zones, what they learnt as normal, and their alerts.',
        description:
          'From what the engine saved last, some seconds ago. What is normal over time is what the detector would say with its present memory; ' +
          'it may have known less then.',
        params: Type.Object({ tag: Type.String() }),
        querystring: Type.Object(RangeQuery),
        response: { 200: TagJudgesAnswer, 404: Problem, ...problemResponses },
      },
    },
    async ({ params, query }) => {
      const now = clock.now();
      const { from, to } = queryRange(query, now);
      const { name: tag, unit } = await requireTag(database, params.tag);
      return turns.run(async () => {
        const { savedAt, judges } = await judgesOf(tag);
        const assets = [...new Set(judges.flatMap(({ inputs: [first = ''] }) => first.slice(0, first.indexOf('.'))))];
        const blind = (await healthOf(assets)).flatMap((health) => health.blind);
        const rules = [];
        for (const judge of judges) {
          const muted = whyMuted(judge, { blind, timezone: plant.timezone });
          rules.push(present({ ...judge, muted }, await normalCourse(database, judge, { from, to, now })));
        }
        const marks = await listAlertMarks(database, { tag, from, to, limit: MOST_MARKS });
        return {
          tag,
          unit,
          from: formatTime(from),
          to: formatTime(to),
          savedAt: formatOptionalTime(savedAt),
          rules,
          alerts: marks.map(({ raisedAt, clearedAt, ...mark }) => ({
            ...mark,
            raisedAt: formatTime(raisedAt),
            clearedAt: formatOptionalTime(clearedAt),
          })),
        };
      });
    },
  );
}

function present({ picture, inputs, anew, ...judge }: PresentJudge, course: NormalCourse | null) {
  const { state, says, limits, zones, normal, everyMs, forecast } = picture;
  return {
    ...judge,
    inputs: [...inputs],
    anew: anew && { ...anew, at: formatTime(anew.at) },
    state: stateOf(judge, state),
    says: judge.parked ?? says,
    limits: limits.map((limit) => ({ ...limit })),
    zones: zones.map((zone) => ({ ...zone })),
    everyMs,
    forecast: forecast && { ...forecast },
    normal: normal ?? course?.steps.at(-1) ?? null,
    course: course && {
      stepMs: course.stepMs,
      at: course.steps.map(({ at }) => at),
      value: course.steps.map(({ value }) => value),
      expected: course.steps.map(({ expected }) => expected),
      low: course.steps.map(({ low }) => low),
      high: course.steps.map(({ high }) => high),
    },
  };
}

type PresentJudge = TagJudge & { readonly muted: string | null };

/** What was switched off hears nothing, whatever else it lacks; what still learns says so, and beside it why it hears nothing. */
function stateOf(
  { parked, muted }: Pick<PresentJudge, 'parked' | 'muted'>,
  state: TagJudge['picture']['state'],
): TagJudge['picture']['state'] | 'muted' | 'parked' {
  if (parked !== null) return 'parked';
  return muted === null || state === 'learning' ? state : 'muted';
}

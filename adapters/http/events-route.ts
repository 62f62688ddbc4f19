import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { EVENT_TEXT_LIMITS } from '../../src/model/source-event.ts';
import { parseTime } from '../../src/model/time.ts';
import type { EpochMs, SourceCondition } from '../adapter.ts';
import type { PushContext } from './batch.ts';
import { fingerprintBodies, KEY_HEADER, serveOnce } from './idempotency.ts';
import { pushResponses } from './responses.ts';

/** Each is a record of its own in the log, and is listed when it is refused. */
const MAX_EVENTS = 1_000;
/** Lowest severity of each priority: the same as for alarms of OPC UA, in equal parts (Part 5 §6.4.2). */
const SEVERITY = { critical: 901, high: 667, medium: 334 } as const;

const { key, name, message } = EVENT_TEXT_LIMITS;
/** Of what was sent, said back. */
const MAX_ECHO = 200;
/** Within the log's limit together. */
const KEY_PART = Math.floor((key - 1) / 2);

// A line break in one of them could stand for the one between the two, and two alarms would be one.
const named = Type.String({
  minLength: 1,
  maxLength: Math.min(name, KEY_PART),
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
});
const Event = Type.Object(
  {
    source: named,
    condition: named,
    active: Type.Boolean(),
    severity: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    message: Type.Optional(Type.String({ maxLength: message })),
    at: Type.Optional(Type.Union([Type.String(), Type.Number()])),
    asset: Type.Optional(Type.String()),
    tag: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

const Body = Type.Object(
  {
    events: Type.Array(Type.Unknown(), {
      maxItems: MAX_EVENTS,
      description:
        'Each `{source, condition, active, severity?, message?, at?, asset? or tag?}`: `source` is what it is about and `condition` what is the ' +
        'matter with it, as you call them; the two tell this alarm from all others. `severity` 1 to 1000: critical from 901, high from 667, medium ' +
        'from 334 or without one. `at` RFC 3339 or milliseconds since 1970, its arrival without one. An event on an asset or tag that the plant has not is kept without it, and `warnings` says so.',
      examples: [
        [
          {
            source: 'Boiler 2',
            condition: 'FlameOut',
            active: true,
            severity: 900,
            message: 'no flame',
            asset: 'boiler-2',
          },
        ],
      ],
    }),
  },
  { additionalProperties: false },
);

const Answer = Type.Object(
  {
    accepted: Type.Integer(),
    rejected: Type.Array(
      Type.Object({
        index: Type.Integer({ description: 'Position in `events`, from 0.' }),
        code: Type.String(),
        reason: Type.String({ description: 'What is wrong and what to do.' }),
      }),
    ),
    warnings: Type.Optional(
      Type.Array(
        Type.Object({
          index: Type.Integer({ description: 'Position in `events`, from 0.' }),
          code: Type.Literal('unknown_subject'),
          reason: Type.String({ description: 'What of the event was left out and what to do.' }),
        }),
        { description: 'Of accepted events; absent where there are none.' },
      ),
    ),
  },
  { title: 'EventsAccepted' },
);
type Answer = Static<typeof Answer>;

/** `POST /events`: alarms of other systems, which become external alerts; answered after they are durable. */
export function eventsRoute(scope: FastifyInstance, ctx: PushContext): void {
  fingerprintBodies(scope);
  scope.post<{ Body: { events: unknown[] } }>(
    '/events',
    {
      config: { scope: 'ingest' },
      schema: {
        tags: ['alerts'],
        summary: 'Takes alarms of another system, which become alerts of kind `external`.',
        description:
          'Each event is how an alarm stands, not a change: telling the same again changes nothing. `active: true` raises an alert, `active: ' +
          `false\` lets it return. Answers after the events would survive a power cut. ${KEY_HEADER}`,
        body: Body,
        response: { 200: Answer, ...pushResponses },
      },
    },
    (request) =>
      serveOnce<Answer>(request, {
        receipts: ctx.receipts,
        now: ctx.clock.now(),
        time: 'given',
        bodyRead: async () => undefined,
        isKept: ({ accepted }) => accepted > 0,
        work: async (now) => {
          const meter = ctx.meterOf(request);
          await meter.ready(ctx.signal);
          const answer = await take(request.body.events, { ctx, now });
          meter.spend(request.body.events.length);
          return answer;
        },
      }),
  );
}

/** All of them go into the log in their order, and share its commits. */
async function take(events: readonly unknown[], { ctx, now }: { ctx: PushContext; now: EpochMs }): Promise<Answer> {
  const rejected: Answer['rejected'] = [];
  const warnings: NonNullable<Answer['warnings']> = [];
  const outcomes = await Promise.allSettled(
    events.map(async (event, index) => {
      const said = conditionOf(event, now);
      if (typeof said === 'string') {
        rejected.push({ index, code: 'invalid_item', reason: said });
        return;
      }
      const remark = await ctx.event(said);
      if (remark === 'too_many')
        rejected.push({ index, code: 'too_many', reason: 'too many alarms of this source are active: end some first' });
      else if (remark === 'unknown_subject')
        warnings.push({
          index,
          code: 'unknown_subject',
          reason: `the plant has no ${saySubject(said)}: its alert has none`,
        });
    }),
  );
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  const invalid = rejected.filter(({ code }) => code === 'invalid_item').length;
  if (invalid > 0) ctx.discard('invalid_item', invalid);
  rejected.sort((a, b) => a.index - b.index);
  warnings.sort((a, b) => a.index - b.index);
  return { accepted: events.length - rejected.length, rejected, ...(warnings.length > 0 && { warnings }) };
}

/** What an event says of its alarm, or why it says nothing. */
export function conditionOf(event: unknown, now: EpochMs): SourceCondition | string {
  if (!Value.Check(Event, event)) return sayMistake(event);
  const { source, condition, active, severity = null, message: text = '', at: given = now, asset, tag } = event;
  const at = typeof given === 'string' ? parseTime(given) : given;
  if (at === null || !(at > 0)) return 'at is an RFC 3339 time or milliseconds since 1970';
  if (asset !== undefined && tag !== undefined) return 'it belongs to an asset or to a tag, not to both';
  const owner = tag === undefined ? asset : tag;
  return {
    kind: 'condition',
    key: `${source}\n${condition}`,
    state: active ? 'active' : 'inactive',
    acknowledged: null,
    priority: priorityOf(severity),
    level: null,
    severity,
    from: source,
    name: condition,
    message: text,
    at,
    subject: owner === undefined ? null : tag === undefined ? { asset: owner } : { tag: owner },
  };
}

function saySubject({ subject }: SourceCondition): string {
  if (subject === null) return 'subject';
  const [what, name] = 'tag' in subject ? ['tag', subject.tag] : ['asset', subject.asset];
  return `${what} ${name.slice(0, MAX_ECHO)}`;
}

function sayMistake(event: unknown): string {
  const [first] = Value.Errors(Event, event);
  const where = first?.instancePath.slice(1) ?? '';
  if (first?.keyword === 'pattern')
    return `${where} has line breaks or other control characters: send a name without them`;
  return `${where === '' ? 'an event' : where} ${first?.message ?? 'is wrong'}: see source, condition, active, severity, message, at, asset, tag`;
}

function priorityOf(severity: number | null): SourceCondition['priority'] {
  if (severity === null) return 'medium';
  if (severity >= SEVERITY.critical) return 'critical';
  if (severity >= SEVERITY.high) return 'high';
  return severity >= SEVERITY.medium ? 'medium' : 'low';
}

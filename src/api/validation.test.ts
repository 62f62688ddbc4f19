import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { createValidatorCompiler, sayValidationError } from './validation.ts';

const Webhook = Type.Object(
  { url: Type.String(), priorities: Type.Array(Type.String({ enum: ['low', 'high'] }), { default: [] }) },
  { additionalProperties: false },
);
const Note = Type.Union([
  Type.Object({ note: Type.Optional(Type.String()) }, { additionalProperties: false }),
  Type.Null(),
]);
const Query = Type.Object({ functions: Type.String({ pattern: '^(avg|min)$', description: 'Some of avg, min.' }) });

describe('a request that is refused', () => {
  it.each([
    [
      'a key that is misspelt',
      Webhook,
      { url: 'x', priorites: [] },
      'there is no key "priorites" in body: did you mean "priorities"? there are url, priorities',
    ],
    [
      'a key like none',
      Webhook,
      { url: 'x', secret: 'y' },
      'there is no key "secret" in body: there are url, priorities',
    ],
    [
      'a key of an optional body',
      Note,
      { nte: 'seen' },
      'there is no key "nte" in body: did you mean "note"? there is note',
    ],
    ['a value of the wrong kind in an optional body', Note, { note: 5 }, 'body/note must be string'],
    ['a body of the wrong kind', Note, 5, 'body must be object or null'],
    [
      'a word that is not allowed',
      Webhook,
      { url: 'x', priorities: ['hi'] },
      'body/priorities/0 must be one of low, high',
    ],
    ['a key that is missing', Webhook, {}, "body must have required property 'url'"],
  ])('for %s says so once', (_what, schema, body, said) => {
    expect(refusalOf(schema, body, 'body')).toBe(said);
  });

  it('for a word of a query that stands for a list says what there is, not a pattern', () => {
    expect(refusalOf(Query, { functions: 'avrg' }, 'querystring')).toBe(
      'querystring/functions is not as it should be: Some of avg, min',
    );
  });
});

function refusalOf(schema: object, value: unknown, part: string): string {
  const validate = createValidatorCompiler()({ schema, method: 'POST', url: '/', httpPart: part });
  expect(validate(value)).toBe(false);
  return sayValidationError(validate.errors ?? [], part).message;
}

import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { publishRequest } from './request-schemas.ts';

describe('the published schema of a request', () => {
  it('does not ask for what has a default, at any depth', () => {
    const label = Type.Object({ from: Type.String(), weight: Type.Number({ default: 1 }) });
    const schema = Type.Object({ from: Type.String(), labels: Type.Array(label, { default: [] }) });
    expect(publishRequest(schema)).toMatchObject({
      required: ['from'],
      properties: { labels: { default: [], items: { required: ['from'] } } },
    });
    expect(schema.required).toEqual(['from', 'labels']);
  });

  it('asks for nothing where everything has a default, and takes a key named like a keyword for what it is', () => {
    const named = Type.Object({ required: Type.String({ default: 'x' }), properties: Type.Boolean({ default: true }) });
    expect(publishRequest(named)).toEqual({
      type: 'object',
      properties: { required: { type: 'string', default: 'x' }, properties: { type: 'boolean', default: true } },
    });
  });
});

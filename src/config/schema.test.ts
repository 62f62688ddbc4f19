import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { detectors } from '../../rules/index.ts';
import { adapters } from './cases/adapters.ts';
import { exampleText } from './cases/load-text.ts';
import { plantSchema } from './schema.ts';

const schema = plantSchema(adapters, detectors);
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

/** Where the schema finds something wrong. */
function wrongIn(text: string): readonly string[] {
  validate(parse(text));
  return (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if').map(({ instancePath }) => instancePath);
}

describe('plantSchema', () => {
  it('is plain JSON that an editor reads', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(JSON.stringify(schema)).not.toMatch(/"x-|"duration"/);
  });

  it('accepts the example', () => {
    expect(wrongIn(exampleText)).toEqual([]);
  });

  it('accepts what has defaults being left out, and empty sections', () => {
    expect(wrongIn('plant: a\nadapters:\nassets:\n  hall:\nretention: {}\n')).toEqual([]);
    expect(wrongIn('plant: a\nrules: { r: { on: a.b, detect: stale } }\n')).toEqual([]);
  });

  it.each([
    ['port: 502', 'port: "502"', '/adapters/hall-plc/port'],
    ['poll: 500ms', 'poll: 500', '/adapters/hall-plc/poll'],
    ['kind: modbus', 'kind: modbuz', '/adapters/hall-plc/kind'],
    ['host: 10.0.4.21', 'hots: 10.0.4.21', '/adapters/hall-plc'],
    ['highHigh: 7.1', 'highHihg: 7.1', '/rules/press-1-vibration-high/with'],
    ['detect: limit', 'detect: limits', '/rules/press-1-vibration-high/detect'],
    ['criticality: A', 'criticality: D', '/assets/press-1/criticality'],
    ['register: 100', 'register: -1', '/assets/press-1/tags/vibration/address'],
    ['compressAfter: 7d', 'compressAfter: 7', '/retention/compressAfter'],
  ])('finds fault with %s → %s', (part, replacement, path) => {
    expect(wrongIn(exampleText.replace(part, replacement))).toContain(path);
  });

  it('describes every setting in a sentence', () => {
    const undescribed: string[] = [];
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, inner] of Object.entries(node)) {
        if (key === 'if' || key === 'default' || key === 'examples') continue;
        if (key === 'properties') {
          for (const [name, setting] of Object.entries(
            inner as Record<string, { description?: string; const?: string }>,
          )) {
            const isTold = setting.description?.endsWith('.') || setting.const !== undefined || name === 'with';
            if (!isTold) undescribed.push(`${path}/${name}`);
          }
        }
        walk(inner, `${path}/${key}`);
      }
    };
    walk(schema, '');
    expect(undescribed).toEqual([]);
  });
});

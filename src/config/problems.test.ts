import { describe, expect, it } from 'vitest';
import { exampleText } from './cases/load-text.ts';
import { problemsOf } from './cases/mutate.ts';

describe('problems', () => {
  it('are told all at once, in the order of the file', () => {
    const text = exampleText
      .replace('port: 502', 'port: "502"')
      .replace('from: press-ua', 'from: press-au')
      .replace('detect: limit', 'detect: limits')
      .replace('url: https://cmms.example/hooks', 'url: cmms');
    expect(problemsOf(text).map(({ path }) => path)).toEqual([
      'adapters.hall-plc.port',
      'assets.press-1.tags.speed.from',
      'rules.press-1-vibration-high.detect',
      'notify.cmms.url',
    ]);
  });

  it('of a tag or an adapter do not make those that refer to it wrong as well', () => {
    const text = exampleText
      .replace('kind: modbus', 'kind: modbuz')
      .replace('range: [0, 50]', 'range: 50')
      .replace('criticality: A', 'criticality: D');
    expect(problemsOf(text).map(({ path }) => path)).toEqual([
      'adapters.hall-plc.kind',
      'assets.press-1.criticality',
      'assets.press-1.tags.vibration.range',
    ]);
  });
});

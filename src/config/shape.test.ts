import { describe, expect, it } from 'vitest';
import { mutate, problemsOf } from './cases/mutate.ts';
import { formatProblem } from './problems.ts';

describe('a wrong shape is told where it stands:', () => {
  it.each<[what: string, part: string, replacement: string, message: string]>([
    [
      'a misspelt key',
      'address: { unitId: 7,',
      '‸adress: { unitId: 7,',
      'unknown key "adress" in assets.press-1.tags.vibration; did you mean "address"?',
    ],
    [
      'a misspelt section',
      'allowPrivateWebhookTargets:',
      '‸allowPrivateWebhookTarget:',
      'unknown key "allowPrivateWebhookTarget" in the plant file; did you mean "allowPrivateWebhookTargets"?',
    ],
    [
      'a missing name',
      'plant: bremen-stamping',
      '‸plan: bremen-stamping',
      'unknown key "plan" in the plant file; did you mean "plant"?',
    ],
    ['an empty name', 'plant: bremen-stamping', '‸plant:', 'plant has no value'],
    [
      'a number for a text',
      'plant: bremen-stamping',
      'plant: ‸42',
      'plant must be text, not the number 42: put it in quotes',
    ],
    ['a list for a text', 'plant: bremen-stamping', 'plant: ‸[bremen]', 'plant must be text, not a list'],
    [
      'a list for a map',
      'retention: { readings: 400d, rollups: 10y, waveforms: 90d, compressAfter: 7d }',
      'retention: ‸[400d]',
      'retention must be a map of settings, not a list: leave out the "-"',
    ],
    [
      'an adapter without a kind',
      'hall-plc:  { kind: modbus, host',
      '‸hall-plc:  { host',
      'missing "kind" in adapters.hall-plc',
    ],
    [
      'an adapter without its essential',
      'hall-plc:  { kind: modbus, host: 10.0.4.21,',
      '‸hall-plc:  { kind: modbus,',
      'missing "host" in adapters.hall-plc',
    ],
    [
      'an adapter that is no map',
      'push:      { kind: http, adopt: auto, lineProtocol: { asset: asset, tag: point, value: value } }',
      'push:      ‸http',
      'adapters.push must be a map of settings with a kind',
    ],
    [
      'an unknown kind',
      'kind: modbus',
      'kind: ‸modbuz',
      'unknown kind of adapter "modbuz" in adapters.hall-plc: there are modbus, opcua, mqtt, http; did you mean "modbus"?',
    ],
    [
      'a common key misspelt',
      'adopt: ask',
      '‸adobt: ask',
      'unknown key "adobt" in adapters.sensors; did you mean "adopt"?',
    ],
    [
      'a wrong word',
      'adopt: ask',
      'adopt: ‸aks',
      'adopt in adapters.sensors must be one of auto, ask, never, not "aks"; did you mean "ask"?',
    ],
    [
      'a port in quotes',
      'port: 502',
      'port: ‸"502"',
      'port in adapters.hall-plc must be a whole number, not the text "502": take the quotes away',
    ],
    ['a port that is none', 'port: 502', 'port: ‸70000', 'port in adapters.hall-plc must be at most 65535, not 70000'],
    ['half a port', 'port: 502', 'port: ‸502.5', 'port in adapters.hall-plc must be a whole number, not 502.5'],
    [
      'a duration without unit',
      'poll: 500ms',
      'poll: ‸500',
      'poll in adapters.hall-plc must be a duration such as 500ms, 30s, 5m or 7d, not 500: without a unit nobody knows what it counts, write 500s or 500m',
    ],
    [
      'a duration with a wrong unit',
      'poll: 500ms',
      'poll: ‸500msec',
      'poll in adapters.hall-plc must be a duration such as 500ms, 30s, 5m or 7d, not "500msec": write 500ms',
    ],
    [
      'a duration that is too short',
      'poll: 500ms',
      'poll: ‸1ms',
      'poll in adapters.hall-plc must be at least 50ms, not 1ms',
    ],
    [
      'a duration that is too long',
      'timeout: 1s',
      'timeout: ‸2m',
      'timeout in adapters.hall-plc must be at most 1m, not 2m',
    ],
    [
      'a URL that is none',
      'url: mqtt://broker:1883',
      'url: ‸broker',
      'url in adapters.sensors is not a URL such as mqtt://broker:1883 or opc.tcp://10.0.4.30:4840',
    ],
    [
      'a mistake deep in a list',
      'timeUnit: ms',
      'timeUnit: ‸msec',
      'timeUnit in adapters.sensors.map[0] must be one of ms, s, iso, not "msec"',
    ],
    [
      'a key missing in a list',
      '- { topic: plant/+area/+asset, each',
      '- ‸{ each',
      'missing "topic" in adapters.sensors.map[1]',
    ],
    [
      'an asset id with a blank',
      'hall:      { name: Press hall }',
      'hall:      { name: Press hall }\n  ‸Press 2: { name: x }',
      '"Press 2" cannot be a name in assets: names here are made of A-Z, a-z, 0-9, "_" and "-", at most 100 of them; did you mean "press-2"?',
    ],
    [
      'a tag name with what cannot be printed',
      'load:        {',
      '‸"motor\\aload":  {',
      '"motor\u0007load" cannot be a name in assets.press-1.tags: tag names are made of what can be printed, at most 200 characters; did you mean "motor-load"?',
    ],
    [
      'a decimal comma',
      '    with: { high: 4.5, highHigh: 7.1, deadband: 0.2 }',
      '    with:\n      high: ‸4,5',
      'high in rules.press-1-vibration-high.with must be a number, not "4,5": a decimal has a point, 4.5',
    ],
    [
      'a decimal comma inside braces',
      'with: { high: 4.5, highHigh',
      'with: { high: 4,‸5, highHigh',
      'unknown key "5" in rules.press-1-vibration-high.with: the number before it has a decimal comma, write a point',
    ],
    [
      'a decimal comma in a range',
      'range: [0, 50]',
      'range: ‸[0, 7,1]',
      'range in assets.press-1.tags.vibration must be a list of 2, not of 3: a decimal has a point, not a comma',
    ],
    [
      'thousands',
      '    with: { high: 4.5, highHigh: 7.1, deadband: 0.2 }',
      '    with:\n      high: ‸1.500,5',
      'high in rules.press-1-vibration-high.with must be a number, not "1.500,5": a decimal has a point, 1500.5',
    ],
    [
      'a number with its unit',
      '    with: { high: 4.5, highHigh: 7.1, deadband: 0.2 }',
      '    with:\n      high: ‸80 °C',
      'high in rules.press-1-vibration-high.with must be a number, not "80 °C": write 80 without a unit',
    ],
    [
      'a number that is a word here',
      'detect: limit\n    with: { high: 4.5, highHigh: 7.1, deadband: 0.2 }',
      'detect: iso-zone\n    with: { group: ‸2 }',
      'group in rules.press-1-vibration-high.with must be one of 1, 2, 3, 4, I, II, III, IV, not the number 2: put it in quotes, "2"',
    ],
    [
      'minutes in words',
      'onDelay: 30s',
      'onDelay: ‸10 min',
      'onDelay in rules.press-1-vibration-high must be a duration such as 500ms, 30s, 5m or 7d, not "10 min": write 10m',
    ],
    [
      'seconds in German',
      'onDelay: 30s',
      'onDelay: ‸1,5 Sekunden',
      'onDelay in rules.press-1-vibration-high must be a duration such as 500ms, 30s, 5m or 7d, not "1,5 Sekunden": write 1.5s',
    ],
    [
      'no blank behind a colon',
      'with: { high: 4.5,',
      'with: { ‸high:4.5,',
      'unknown key "high:4.5" in rules.press-1-vibration-high.with: a blank is missing behind the colon, high: 4.5',
    ],
    [
      'a rule that stands too far left',
      '  press-1-vibration-high:\n    on:',
      '‸press-1-vibration-high:\n    on:',
      'unknown key "press-1-vibration-high" in the plant file: if it belongs to "rules" above it, indent it',
    ],
    [
      'settings of a rule that stand too far left',
      '  press-1-vibration-high:\n    on: press-1.vibration ',
      '  other:\n  ‸on: press-1.vibration\n  press-1-vibration-high:\n    on: press-1.vibration ',
      '"on" in rules stands in the column of "other": indent it, it belongs below',
    ],
    [
      'a list of rules',
      '  press-1-vibration-high:\n    on: press-1.vibration ',
      '  ‸- on: press-1.vibration ',
      'rules must be a map of settings, not a list: write a name and a colon instead of each "-"',
    ],
    [
      'an unknown criticality',
      'criticality: A',
      'criticality: ‸D',
      'criticality in assets.press-1 must be one of A, B, C, not "D"',
    ],
    [
      'a range with one end',
      'range: [0, 50]',
      'range: ‸[50]',
      'range in assets.press-1.tags.vibration must be a list of 2, not of 1',
    ],
    [
      'a range of words',
      'range: [0, 50]',
      'range: [0, ‸high]',
      'range[1] in assets.press-1.tags.vibration must be a number, not "high"',
    ],
    [
      'a deadband that is not a number',
      'deadband: 0.01',
      'deadband: ‸.nan',
      'deadband in assets.press-1.tags.vibration must be a number, not NaN',
    ],
    [
      'a wrong failure mode',
      'failureMode: VIB',
      'failureMode: ‸vibration',
      'failureMode in rules.press-1-vibration-high.workOrder is not right: "vibration", an example is VIB',
    ],
    [
      'no job, misspelt',
      'workOrder: { failureMode: VIB, due: 7d }',
      'workOrder: ‸nothing',
      'workOrder in rules.press-1-vibration-high must be none, not "nothing"',
    ],
    [
      'a priority that is none',
      'priority: high',
      'priority: ‸hihg',
      'priority in rules.press-1-vibration-high must be one of low, medium, high, critical, not "hihg"; did you mean "high"?',
    ],
    [
      'a priority as a number',
      'priority: high',
      'priority: ‸1',
      'priority in rules.press-1-vibration-high must be one of low, medium, high, critical, not 1: if 1 is your most urgent, write critical',
    ],
    [
      'a range as a text',
      'range: [0, 50]',
      'range: ‸0-50',
      'range in assets.press-1.tags.vibration must be a list, not "0-50": write [0, 50]',
    ],
    [
      'a range as a text with a unit, below zero',
      'range: [0, 50]',
      'range: ‸-10 .. 50.5 mm/s',
      'range in assets.press-1.tags.vibration must be a list, not "-10 .. 50.5 mm/s": write [-10, 50.5]',
    ],
    [
      'a priority twice',
      'priorities: [critical, high]',
      'priorities: ‸[high, high]',
      'priorities in notify.cmms names the same thing twice',
    ],
    ['an unknown endpoint', 'kind: webhook', 'kind: ‸mail', 'kind in notify.cmms must be webhook, not "mail"'],
  ])('%s', (_what, part, replacement, message) => {
    const { text, line, column } = mutate(part, replacement);
    expect(problemsOf(text).map(formatProblem)).toContain(`plant.yaml:${line}:${column}: ${message}`);
  });
});

it('an asset whose name is wrong is told once, and not again by each rule on it', () => {
  const { text } = mutate('press-1:\n    name', 'Press 1:\n    name');
  expect(problemsOf(text.replaceAll('press-1.', 'Press 1.')).map(formatProblem)).toEqual([
    'plant.yaml:29:3: "Press 1" cannot be a name in assets: names here are made of A-Z, a-z, 0-9, "_" and "-", at most 100 of them; did you mean "press-1"?',
  ]);
});

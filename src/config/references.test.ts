import { describe, expect, it } from 'vitest';
import { detectors } from '../../rules/index.ts';
import { mutate, problemsOf } from './cases/mutate.ts';
import { formatProblem } from './problems.ts';

describe('a wrong reference is told where it stands:', () => {
  it.each<[what: string, part: string, replacement: string, message: string]>([
    [
      'a tag from nowhere',
      'from: press-ua',
      'from: ‸pres-ua',
      'unknown adapter "pres-ua" in assets.press-1.tags.speed; did you mean "press-ua"?',
    ],
    [
      'a tag without source',
      'load:        { unit: "%",  from: push }',
      '‸load:        { unit: "%" }',
      'missing "from" in assets.press-1.tags.load',
    ],
    [
      'a tag without address',
      'speed:       { unit: /min, from: press-ua, address: { nodeId: "nsu=http://example.com/plant;s=Press1.Speed" } }',
      '‸speed:       { unit: /min, from: press-ua }',
      'missing "address" in assets.press-1.tags.speed: press-ua (opcua) reads only what has one',
    ],
    [
      'an address of another protocol',
      'address: { nodeId: "nsu=http://example.com/plant;s=Press1.Speed" }',
      'address: { ‸register: 5, nodeId: "ns=1;s=x" }',
      'unknown key "register" in assets.press-1.tags.speed.address',
    ],
    [
      'an address that is no map',
      'address: { nodeId: "nsu=http://example.com/plant;s=Press1.Speed" }',
      'address: ‸Press1.Speed',
      'address in assets.press-1.tags.speed must be a map of settings, not "Press1.Speed"',
    ],
    [
      'a node id that is none',
      'nodeId: "nsu=http://example.com/plant;s=Press1.Speed"',
      'nodeId: ‸"Press1.Speed"',
      'nodeId in assets.press-1.tags.speed.address is not right: "Press1.Speed", an example is ns=2;s=Press1.Speed',
    ],
    [
      'an address for push',
      'from: push }',
      'from: push, address: { ‸topic: x } }',
      'unknown key "topic" in assets.press-1.tags.load.address',
    ],
    [
      'a range upside down',
      'range: [0, 50]',
      'range: ‸[50, 0]',
      'range in assets.press-1.tags.vibration must go from low to high, not from 50 to 0',
    ],
    [
      'settings that do not go together',
      'hall-plc:  { kind: modbus, host: 10.0.4.21, port: 502',
      '‸hall-plc:  { kind: modbus, host: 10.0.4.21, port: 1',
      'adapters.hall-plc: nobody listens on port 1',
    ],
    [
      'an address whose settings do not go together',
      'address: { unitId: 7, table: holding, register: 100',
      '‸address: { unitId: 7, table: holding, register: 65535',
      'assets.press-1.tags.vibration.address: the last register is never used',
    ],
    [
      'an unknown parent',
      'parent: hall',
      'parent: ‸hal',
      'unknown asset "hal" as parent of assets.press-1; did you mean "hall"?',
    ],
    [
      'a parent in a circle',
      'hall:      { name: Press hall }',
      'hall:      { name: Press hall, parent: ‸press-1 }',
      'assets.hall is its own parent: hall → press-1 → hall',
    ],
    [
      'a tag without its asset',
      'on: press-1.vibration ',
      'on: ‸vibration ',
      'unknown tag "vibration" in rules.press-1-vibration-high; did you mean "press-1.vibration"?',
    ],
    [
      'a tag of another asset',
      'on: press-1.vibration ',
      'on: ‸fan-7.vibration ',
      'unknown tag "fan-7.vibration" in rules.press-1-vibration-high: no tag of "fan-7" is listed',
    ],
    [
      'a tag that the asset has not',
      'on: press-1.vibration ',
      'on: ‸press-1.flow ',
      'unknown tag "press-1.flow" in rules.press-1-vibration-high: press-1 has vibration, temperature, speed, load',
    ],
    [
      'tags with a comma between them',
      'on: press-1.vibration ',
      'on: ‸press-1.vibration, press-1.load ',
      'unknown tag "press-1.vibration, press-1.load" in rules.press-1-vibration-high: several are a list, [press-1.vibration, press-1.load]',
    ],
    [
      'an unknown tag',
      'on: press-1.vibration',
      'on: ‸press-1.vibraton',
      'unknown tag "press-1.vibraton" in rules.press-1-vibration-high; did you mean "press-1.vibration"?',
    ],
    [
      'an unknown tag in a list',
      'on: press-1.vibration',
      'on: [press-1.vibration, ‸press-1.sped]',
      'unknown tag "press-1.sped" in rules.press-1-vibration-high; did you mean "press-1.speed"?',
    ],
    [
      'an empty list of tags',
      'on: press-1.vibration',
      'on: ‸[]',
      'on in rules.press-1-vibration-high must not be empty',
    ],
    [
      'a rule on a number',
      'on: press-1.vibration',
      'on: ‸5',
      'on in rules.press-1-vibration-high must be text or a list, not 5',
    ],
    [
      'an unknown detector',
      'detect: limit',
      'detect: ‸limits',
      `unknown detector "limits" in rules.press-1-vibration-high: there are ${detectors.map(({ kind }) => kind).join(', ')}; did you mean "limit"?`,
    ],
    [
      'an unknown setting',
      'highHigh: 7.1',
      '‸hihgHigh: 7.1',
      'unknown key "hihgHigh" in rules.press-1-vibration-high.with; did you mean "highHigh"?',
    ],
    [
      'limits upside down',
      'with: { high: 4.5, highHigh: 7.1',
      '‸with: { high: 7.5, highHigh: 7.1',
      'with in rules.press-1-vibration-high: high (7.5) must be lower than highHigh (7.1)',
    ],
    [
      'no limits',
      '    with: { high: 4.5, highHigh: 7.1, deadband: 0.2 }',
      '    ‸with: { deadband: 0.2 }',
      'with in rules.press-1-vibration-high: needs at least one of high, highHigh, low, lowLow',
    ],
    [
      'an instrument whose range nobody said',
      '    on: press-1.vibration                       # one tag or a list\n    detect: limit\n    with: { high: 4.5, highHigh: 7.1, deadband: 0.2 }',
      '    on: [press-1.vibration, press-1.speed]\n    detect: range\n    ‸with: { for: 5s }',
      'with in rules.press-1-vibration-high: needs low or high, because press-1.speed has no range',
    ],
    [
      'an unknown tag in a condition',
      'when: tag("press-1.speed") > 100.0',
      'when: tag(‸"press-1.sped") > 100.0',
      'when in rules.press-1-vibration-high: unknown tag "press-1.sped"; did you mean "press-1.speed"?',
    ],
    [
      'a condition that is a number',
      'when: tag("press-1.speed") > 100.0',
      'when: ‸tag("press-1.speed")',
      'when in rules.press-1-vibration-high: must be true or false, but this is a number',
    ],
    [
      'a condition in quotes',
      'when: tag("press-1.speed") > 100.0',
      "when: 'true && ‸speed > 100.0'",
      'when in rules.press-1-vibration-high: unknown word "speed": a tag is written tag("asset.name")',
    ],
    [
      'a condition with escapes',
      'when: tag("press-1.speed") > 100.0',
      'when: ‸"tag(\\"press-1.speed\\") >"',
      'when in rules.press-1-vibration-high: ends too early (character 23 of it)',
    ],
    [
      'an unknown function in a condition',
      'when: tag("press-1.speed") > 100.0',
      'when: tag("press-1.speed") > 100.0 && ‸avgg("press-1.speed", 10m) > 5',
      'when in rules.press-1-vibration-high: unknown function avgg(); did you mean "avg"?',
    ],
    [
      'a window without end',
      'when: tag("press-1.speed") > 100.0',
      'when: max("press-1.speed", ‸1000000000s) > 5',
      'when in rules.press-1-vibration-high: the window of max() must be from 1s to 31d',
    ],
    [
      'an unknown tag in an expression',
      'detect: limit\n    with: { high: 4.5, highHigh: 7.1, deadband: 0.2 }',
      'detect: expression\n    with: { alarm: \'avg(‸"press-1.sped", 10m) > 5\' }',
      'alarm in rules.press-1-vibration-high.with: unknown tag "press-1.sped"; did you mean "press-1.speed"?',
    ],
    [
      'a time zone by its city',
      'timezone: Europe/Berlin',
      'timezone: ‸Berlin',
      '"Berlin" is not a time zone: write one such as Europe/Berlin or UTC; did you mean "Europe/Berlin"?',
    ],
    [
      'a time zone that is none',
      'timezone: Europe/Berlin',
      'timezone: ‸Europe/Bremen',
      '"Europe/Bremen" is not a time zone: write one such as Europe/Berlin or UTC; did you mean "Europe/Berlin"?',
    ],
    [
      'a network that is none',
      '"10.0.8.0/24"',
      '‸"10.0.8.0/33"',
      '"10.0.8.0/33" in allowPrivateWebhookTargets is not a network such as 10.0.8.0/24',
    ],
    [
      'a webhook to a private address',
      'url: https://cmms.example/hooks',
      'url: ‸https://10.0.9.1/hooks',
      'url in notify.cmms leads to the private address 10.0.9.1: add its network to allowPrivateWebhookTargets',
    ],
    [
      'a webhook in clear to the internet',
      'url: https://cmms.example/hooks',
      'url: ‸http://cmms.example/hooks',
      'url in notify.cmms must begin with https://: it leads out of the plant',
    ],
    [
      'a webhook with a password',
      'url: https://cmms.example/hooks',
      'url: ‸https://a:b@cmms.example/hooks',
      'url in notify.cmms must not hold a user name or password: messages are signed',
    ],
    [
      'a webhook that is no URL',
      'url: https://cmms.example/hooks',
      'url: ‸cmms.example',
      'url in notify.cmms is not a URL that begins with https:// (or http:// inside the plant)',
    ],
  ])('%s', (_what, part, replacement, message) => {
    const { text, line, column } = mutate(part, replacement);
    expect(problemsOf(text).map(formatProblem)).toContain(`plant.yaml:${line}:${column}: ${message}`);
  });
});

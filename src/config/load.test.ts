import { describe, expect, it } from 'vitest';
import { packOf } from '../../rules/packs/packs.ts';
import { exampleText, loadText, SECRET } from './cases/load-text.ts';
import type { LoadedPlant } from './load.ts';
import { formatProblem } from './problems.ts';

function plantOf(loaded: LoadedPlant) {
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.plant;
}

const nothingThere = {
  env: {},
  readSecret: (path: string) => {
    throw new Error(`cannot read ${path}: there is no such file`);
  },
};

const minimal = 'plant: small\n';

describe('the example plant file', () => {
  it('is a plant, with durations in milliseconds and defaults filled in', () => {
    const plant = plantOf(loadText(exampleText));
    expect(plant).toMatchObject({ name: 'bremen-stamping', timezone: 'Europe/Berlin' });
    expect(plant.sources.map(({ id, kind, adopt }) => [id, kind, adopt])).toEqual([
      ['hall-plc', 'modbus', 'never'],
      ['press-ua', 'opcua', 'never'],
      ['sensors', 'mqtt', 'ask'],
      ['push', 'http', 'auto'],
    ]);
    expect(plant.sources[0]).toMatchObject({
      adoptLimit: 10_000,
      alertAfterMs: 30_000,
      priority: 'medium',
      config: { host: '10.0.4.21', port: 502, poll: 500, timeout: 1_000 },
    });
    expect(plant.sources[2]?.config).toMatchObject({
      username: 'millwright',
      map: [{ timeUnit: 'ms' }, { tag: '$.point' }],
    });
    expect(plant.rules).toEqual([
      {
        id: 'press-1-vibration-high',
        on: ['press-1.vibration'],
        detect: 'limit',
        with: { high: 4.5, highHigh: 7.1, deadband: 0.2 },
        when: 'tag("press-1.speed") > 100.0',
        onDelayMs: 30_000,
        offDelayMs: 60_000,
        priority: 'high',
        workOrder: {
          failureMode: 'VIB',
          dueMs: 7 * 86_400_000,
          causes: { high: packOf('motor')!.symptoms[0]!.causes },
        },
      },
    ]);
    expect(plant.endpoints).toEqual([
      {
        id: 'cmms',
        kind: 'webhook',
        url: 'https://cmms.example/hooks',
        secret: SECRET,
        priorities: ['critical', 'high'],
      },
    ]);
    expect(plant.retention).toEqual({
      readingsMs: 400 * 86_400_000,
      rollupsMs: 10 * 31_557_600_000,
      waveformsMs: 90 * 86_400_000,
      compressAfterMs: 7 * 86_400_000,
    });
  });

  it('binds each tag to its source, with an address or, for push, without', () => {
    const plant = plantOf(loadText(exampleText));
    expect(plant.tags.map(({ name, unit, source }) => [name, unit, source])).toEqual([
      ['press-1.vibration', 'mm/s', 'hall-plc'],
      ['press-1.temperature', 'Cel', 'sensors'],
      ['press-1.speed', '/min', 'press-ua'],
      ['press-1.load', '%', 'push'],
    ]);
    expect(plant.tags[0]).toMatchObject({ range: [0, 50], deadband: 0.01, heartbeatMs: 60_000 });
    expect(plant.sources.map(({ bindings }) => bindings)).toEqual([
      [
        {
          tag: 'press-1.vibration',
          address: { unitId: 7, table: 'holding', register: 100, type: 'float32', order: 'ABCD' },
        },
      ],
      [{ tag: 'press-1.speed', address: { nodeId: 'nsu=http://example.com/plant;s=Press1.Speed' } }],
      [
        {
          tag: 'press-1.temperature',
          address: { topic: 'plant/hall/press-1/temperature', value: '$.value', time: '$.ts' },
        },
      ],
      [{ tag: 'press-1.load', address: undefined }],
    ]);
  });

  it('is accepted away from its plant, with a warning for each secret that is needed at start', () => {
    const loaded = loadText(exampleText, { ...nothingThere, secrets: 'unchecked' });
    expect(loaded.ok).toBe(true);
    expect(loaded.warnings.map(({ message }) => message)).toEqual([
      'MQTT_USER is not set: needed at start',
      'passwordFile in adapters.sensors: cannot read /run/secrets/mqtt: there is no such file: the adapter needs it',
      'secretFile in notify.cmms: cannot read /run/secrets/cmms: there is no such file: needed at start',
    ]);
  });

  it('is refused in its plant while a variable or the secret of an endpoint is missing', () => {
    const loaded = loadText(exampleText, nothingThere);
    expect(loaded.ok ? [] : loaded.problems.map(({ path }) => path)).toEqual([
      'adapters.sensors.username',
      'notify.cmms.secretFile',
    ]);
  });
});

describe('a plant file', () => {
  it('needs no more than a name', () => {
    expect(plantOf(loadText(minimal))).toEqual({
      name: 'small',
      timezone: 'UTC',
      sources: [],
      assets: [],
      tags: [],
      rules: [],
      endpoints: [],
      allowPrivateWebhookTargets: [],
      retention: {
        readingsMs: 34_560_000_000,
        rollupsMs: 315_576_000_000,
        waveformsMs: 7_776_000_000,
        compressAfterMs: 604_800_000,
      },
      log: { maxBytes: 2 * 2 ** 30, whenFull: 'refuse' },
    });
  });

  it('may have sections and assets with nothing in them', () => {
    const plant = plantOf(
      loadText(`${minimal}adapters:\nassets:\n  hall:\n  press-1: { parent: hall, tags: }\nretention:\n`),
    );
    expect(plant.assets.map(({ id, name, parent }) => [id, name, parent])).toEqual([
      ['hall', 'hall', null],
      ['press-1', 'press-1', 'hall'],
    ]);
  });

  it('makes a job of failure mode OTH, dated by the alert, unless the rule says otherwise', () => {
    const plant = plantOf(
      loadText(`${minimal}adapters: { push: { kind: http } }
assets: { fan-1: { tags: { speed: { from: push } } } }
rules:
  default: { on: [fan-1.speed], detect: stale }
  other-mode: { on: fan-1.speed, detect: stale, workOrder: { failureMode: AIR } }
  no-job: { on: fan-1.speed, detect: stale, workOrder: none }
`),
    );
    expect(plant.rules.map(({ workOrder }) => workOrder)).toEqual([
      { failureMode: 'OTH' },
      { failureMode: 'AIR' },
      null,
    ]);
    expect(plant.rules[0]).toMatchObject({ with: { after: 60_000 }, onDelayMs: 0, offDelayMs: 0, priority: 'medium' });
  });

  it('may repeat itself with anchors and merges', () => {
    const plant = plantOf(
      loadText(`${minimal}adapters: { push: { kind: http } }
assets:
  fan-1: { tags: &fan { speed: &rpm { from: push, unit: /min }, flow: { <<: *rpm, unit: m3/h } } }
  fan-2: { tags: *fan }
`),
    );
    expect(plant.tags.map(({ name, unit }) => [name, unit])).toEqual([
      ['fan-1.speed', '/min'],
      ['fan-1.flow', 'm3/h'],
      ['fan-2.speed', '/min'],
      ['fan-2.flow', 'm3/h'],
    ]);
  });

  it('may have tag names with dots, and asks for no address where a map finds the tags', () => {
    const plant = plantOf(
      loadText(`${minimal}adapters: { broker: { kind: mqtt, url: "mqtt://broker", map: [{ topic: plant/+asset/+tag }] } }
assets: { fan-1: { tags: { motor.current.l1: { from: broker, unit: A } } } }
rules: { high: { on: fan-1.motor.current.l1, detect: limit, with: { high: 4 } } }
`),
    );
    expect(plant.tags[0]?.name).toBe('fan-1.motor.current.l1');
    expect(plant.sources[0]?.bindings).toEqual([{ tag: 'fan-1.motor.current.l1', address: undefined }]);
  });

  it('fills variables in texts and leaves what is filled in alone', () => {
    const text = `plant: \${A}-$\${B}\ntimezone: \${ZONE}\n`;
    const plant = plantOf(loadText(text, { env: { A: `x: [\${ZONE}]`, ZONE: 'Europe/Berlin' } }));
    expect(plant.name).toBe(`x: [\${ZONE}]-\${B}`);
    expect(plant.timezone).toBe('Europe/Berlin');
  });

  it('warns of secrets that everybody can read, and says how to close them', () => {
    const { ok, warnings } = loadText(
      `${minimal}adapters: { broker: { kind: mqtt, url: "mqtt://broker", passwordFile: mqtt } }
notify: { cmms: { kind: webhook, url: "https://cmms.example", secretFile: cmms } }
`,
      { file: '/etc/plant/plant.yaml', isOpenToAll: () => true },
    );
    expect(ok).toBe(true);
    expect(warnings.map(({ line, message }) => [line, message])).toEqual([
      [
        expect.any(Number),
        'passwordFile in adapters.broker: everybody on this machine can read /etc/plant/mqtt: chmod o-rwx /etc/plant/mqtt',
      ],
      [
        expect.any(Number),
        'secretFile in notify.cmms: everybody on this machine can read /etc/plant/cmms: chmod o-rwx /etc/plant/cmms',
      ],
    ]);
  });

  it('reads files relative to its own folder', () => {
    const asked: string[] = [];
    const plant = plantOf(
      loadText(
        `${minimal}adapters: { broker: { kind: mqtt, url: "mqtt://broker", passwordFile: secrets/mqtt } }
notify: { cmms: { kind: webhook, url: "https://cmms.example", secretFile: secrets/cmms } }
`,
        {
          file: '/etc/plant/plant.yaml',
          readSecret: (path) => {
            asked.push(path);
            return `${SECRET}\n`;
          },
        },
      ),
    );
    expect(asked).toEqual(['/etc/plant/secrets/mqtt', '/etc/plant/secrets/cmms']);
    expect(plant.sources[0]?.config['passwordFile']).toBe('/etc/plant/secrets/mqtt');
    expect(plant.endpoints[0]?.secret).toBe(SECRET);
  });

  it.each([
    ['http://127.0.0.1:9000/hooks', '["127.0.0.1/32"]'],
    ['http://cmms:9000/hooks', '[]'],
    ['http://cmms.plant.internal/hooks', '[]'],
    ['https://[fd00::1]/hooks', '["fd00::/8"]'],
    ['https://cmms.example/hooks', '[]'],
  ])('may send to %s with the networks %s', (url, networks) => {
    const text = `${minimal}notify: { cmms: { kind: webhook, url: "${url}", secretFile: s } }\nallowPrivateWebhookTargets: ${networks}\n`;
    expect(plantOf(loadText(text)).endpoints[0]?.url).toBe(url);
  });

  it('is warned about a unit that is no UCUM code', () => {
    const loaded = loadText(exampleText.replace('unit: /min', 'unit: rpm'));
    expect(loaded.ok).toBe(true);
    expect(loaded.warnings.map(formatProblem)).toEqual([
      expect.stringMatching(
        /^plant\.yaml:\d+:\d+: unit "rpm" in assets\.press-1\.tags\.speed is not a UCUM code that is known here; did you mean "\/min"\?$/,
      ),
    ]);
  });

  it('is warned about a unit that is a code and was hardly meant', () => {
    const loaded = loadText(exampleText.replace('unit: Cel', 'unit: C'));
    expect(loaded.warnings.map(formatProblem)).toEqual([
      expect.stringMatching(/unit "C" in assets\.press-1\.tags\.temperature is coulomb; did you mean "Cel"\?$/),
    ]);
  });

  it('never tells a secret that came from a variable or stands under a telling name', () => {
    const text = `${minimal}adapters:
  a: { kind: mqtt, url: "mqtt://broker", password: "\${PASSWORD}" }
  b: { kind: mqtt, url: "mqtt://broker", password: 123456 }
  c: { kind: mqtt, url: "mqtt://broker", password: abc }
`;
    const loaded = loadText(text, { env: { PASSWORD: 'xyz' } });
    const said = loaded.ok ? '' : loaded.problems.map(formatProblem).join('\n');
    expect(said).toBe(
      `plant.yaml:3:52: password in adapters.a does not take the value of its variable
plant.yaml:4:52: password in adapters.b does not take this value
plant.yaml:5:52: password in adapters.c does not take this value`,
    );
  });

  it('is refused when a secret file holds something else', () => {
    for (const secret of ['', 'hunter2', 'whsec_!!!', 'whsec_c2hvcnQ=']) {
      const loaded = loadText(exampleText, { readSecret: () => secret });
      expect(loaded.ok ? [] : loaded.problems.map(({ path }) => path)).toEqual(['notify.cmms.secretFile']);
      if (!loaded.ok && secret !== '') expect(JSON.stringify(loaded.problems)).not.toContain(secret);
    }
  });

  it('of 1,000 assets and 5,000 tags is read', { timeout: 60_000 }, () => {
    const tag = (n: number) => `t${n}: { unit: mm/s, from: plc, address: { register: ${n} }, range: [0, 50] }`;
    const tags = [1, 2, 3, 4, 5].map(tag).join(', ');
    const assets = Array.from({ length: 1_000 }, (_, n) => `  m-${n}: { parent: hall, tags: { ${tags} } }`).join('\n');
    const rules = Array.from(
      { length: 1_000 },
      (_, n) => `  r-${n}: { on: m-${n}.t1, detect: limit, with: { high: 4 }, when: tag("m-${n}.t2") > 1 }`,
    ).join('\n');
    const text = `${minimal}adapters: { plc: { kind: modbus, host: plc } }\nassets:\n  hall:\n${assets}\nrules:\n${rules}\n`;
    expect(plantOf(loadText(text)).tags).toHaveLength(5_000);
  });
});

import { describe, expect, it } from 'vitest';
import type { Alert } from '../model/alert.ts';
import type { Plant, Rule } from '../model/plant.ts';
import type { Reading } from '../model/reading.ts';
import { evidenceOf, sortAlerts } from './health-evidence.ts';
import { indexPlant } from './health-index.ts';

const AT = Date.UTC(2026, 0, 5);

function rule(id: string, on: readonly string[], detect: string, settings: Record<string, unknown> = {}): Rule {
  const timing = { onDelayMs: 0, offDelayMs: 0, when: null, priority: 'high', workOrder: null } as const;
  return { id, on, detect, with: settings, ...timing };
}

const tag = (name: string, unit: string | null = null) => {
  const asset = name.slice(0, name.indexOf('.'));
  return { name, asset, unit, source: 'plc', range: null, deadband: 0, heartbeatMs: 60_000 };
};

const plant: Plant = {
  name: 'p',
  timezone: 'UTC',
  sources: [],
  assets: [
    { id: 'line', name: 'Line', parent: null, class: null, criticality: null },
    { id: 'pump', name: 'Pump', parent: 'line', class: 'pump', criticality: 'A' },
  ],
  tags: [tag('pump.vibration', 'mm/s'), tag('pump.flow'), tag('pump.pressure'), tag('pump.de')],
  rules: [
    rule('zones', ['pump.vibration'], 'iso-zone', { standard: 'iso-10816-3', group: '2', foundation: 'rigid' }),
    rule('low', ['pump.flow', 'pump.pressure'], 'limit', { low: 2, lowLow: 1 }),
    rule('silent', ['pump.flow'], 'stale', { after: 60_000 }),
    rule('together', ['pump.vibration', 'pump.flow'], 'multivariate'),
  ],
  points: [
    {
      ...{
        kind: 'waveform',
        id: 'de',
        tag: 'pump.de',
        unit: 'm/s2',
        bearing: null,
        teeth: null,
        lineHz: null,
        vanes: null,
      },
      speed: { kind: 'constant', shaftHz: 25 },
    },
  ],
  packs: [{ asset: 'pump', class: 'pump', rules: [], lacks: [] }],
  endpoints: [],
  allowPrivateWebhookTargets: [],
  retention: { readingsMs: 1, rollupsMs: 1, waveformsMs: 1, compressAfterMs: 1 },
  log: { maxBytes: 1, whenFull: 'refuse' },
};

function alert(over: Partial<Alert>): Alert {
  return {
    ...{ id: 'a', rule: 'zones', kind: 'machine', tag: 'pump.vibration', asset: 'pump', source: 'plc' },
    ...{ state: 'unacknowledged', level: 'H', priority: 'high', raisedAt: AT - 5_000, returnedAt: null },
    ...{ clearedAt: null, acknowledgedAt: null, acknowledgedBy: null, value: 3, limit: 2.8, explanation: 'zone C' },
    workOrder: null,
    ...over,
  };
}

const good = (value: number, at = AT - 1_000) => ({ at, value, quality: 'good' as const });

function gather(readings: Record<string, Omit<Reading, 'tag'>>, alerts: readonly Alert[] = []) {
  const newestOf = (name: string): Reading | null => (readings[name] ? { tag: name, ...readings[name] } : null);
  return evidenceOf('pump', { index: indexPlant(plant), at: AT, newestOf, ...sortAlerts(alerts) });
}

const all = { 'pump.vibration': good(1), 'pump.flow': good(5), 'pump.pressure': good(5) };

describe('what is known of an asset', () => {
  it('is watched by rules about the machine, tag by tag or together, and not by those about instruments', () => {
    const { watches, pack } = gather(all);
    expect(watches.map(({ rule }) => rule)).toEqual(['zones', 'low', 'low', 'together']);
    expect(watches.every(({ blind }) => blind === null)).toBe(true);
    expect(pack).toBe('pump');
  });

  it.each([
    ['never heard', { ...all, 'pump.pressure': undefined }],
    ['silent', { ...all, 'pump.pressure': good(5, AT - 25 * 3_600_000) }],
    ['bad quality', { ...all, 'pump.pressure': { at: AT, value: null, quality: 'bad' as const } }],
  ])('is not known where a tag is %s', (reason, readings) => {
    const { watches } = gather(readings as Record<string, Omit<Reading, 'tag'>>);
    expect(watches.flatMap(({ blind }) => blind ?? [])).toMatchObject([{ rule: 'low', tag: 'pump.pressure', reason }]);
  });

  it('is not known where the instrument or the link is in doubt', () => {
    const instrument = alert({ id: 'i', kind: 'instrument', tag: 'pump.pressure', rule: 'silent' });
    expect(gather(all, [instrument]).watches.flatMap(({ blind }) => blind ?? [])).toMatchObject([
      { tag: 'pump.pressure', reason: 'instrument', alert: 'i', since: AT - 5_000 },
    ]);
    const link = alert({ id: 'l', kind: 'communications', tag: null, asset: null, rule: 'communications' });
    const { watches } = gather(all, [link]);
    expect(watches.map(({ blind }) => blind?.reason)).toEqual(['link', 'link', 'link', 'link']);
  });

  it('is not known where the instrument of a tag that a condition or an expression asks about is in doubt', () => {
    const speed = alert({ id: 's', kind: 'instrument', tag: 'pump.speed', rule: 'speed-silent' });
    const rules = [
      { ...rule('running', ['pump.vibration'], 'limit', { high: 4 }), when: 'tag("pump.speed") > 100.0' },
      rule('slow', ['pump.flow'], 'expression', { alarm: "tag('pump.flow') < 2.0 && tag('pump.speed') > 100.0" }),
      rule('always', ['pump.flow'], 'limit', { low: 1 }),
    ];
    const index = indexPlant({ ...plant, tags: [...plant.tags, tag('pump.speed')], rules });
    const newestOf = (name: string): Reading => ({ tag: name, ...good(5) });
    const blindOf = (alerts: readonly Alert[]) =>
      evidenceOf('pump', { index, at: AT, newestOf, ...sortAlerts(alerts) }).watches.flatMap(
        ({ blind }) => blind ?? [],
      );
    expect(blindOf([])).toEqual([]);
    const because = { tag: 'pump.speed', reason: 'instrument', since: AT - 5_000, alert: 's' };
    expect(blindOf([speed])).toEqual([
      { rule: 'running', ...because },
      { rule: 'slow', ...because },
    ]);
  });

  it('has the next limit of an alert: C/D of the zones, the last limit of a rule', () => {
    const low = alert({ rule: 'low', tag: 'pump.flow', level: 'L', value: 1.5, limit: 2 });
    const changed = alert({ rule: 'zones', value: 2, limit: 1.1 }); // from its baseline
    const { alerts } = gather(all, [alert({}), low, changed]);
    expect(alerts.map(({ nextLimit }) => nextLimit)).toEqual([4.5, 1, null]);
    expect(alerts[0]).toMatchObject({ detect: 'iso-zone', unit: 'mm/s' });
  });

  it('has as many alarms as a source cares to send', () => {
    const alarms = Array<Alert>(100_000).fill(alert({ kind: 'external', tag: null }));
    expect(sortAlerts(alarms).machineAlerts.get('pump')).toHaveLength(100_000);
  });

  it('has the faults that its newest good captures show, where an alert stands', () => {
    const readings = {
      ...all,
      'pump.de.imbalance': good(2),
      'pump.de.misalignment': { at: AT, value: 3, quality: 'bad' as const },
    };
    expect(gather(readings).faults).toEqual([]);
    const { faults, heardTags } = gather(readings, [alert({})]);
    expect(faults).toEqual([{ fault: 'imbalance', strength: 2, tag: 'pump.de' }]);
    expect([...heardTags]).toEqual(['vibration', 'flow', 'pressure']);
  });
});

import { describe, expect, it } from 'vitest';
import { StoreError } from '../model/errors.ts';
import type { LogRecord } from '../model/log-record.ts';
import type { ClockPolicy, Source } from '../model/plant.ts';
import type { SourceCondition } from '../model/source-event.ts';
import { createLogger } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createEventIntake, MAX_STANDING } from './event-intake.ts';
import { TagRegistry } from './tag-registry.ts';

const NOW = 1_800_000_000_000;
const source: Source = {
  id: 'ua',
  kind: 'opcua',
  adopt: 'never',
  adoptLimit: 0,
  alertAfterMs: 0,
  priority: 'low',
  config: {},
  bindings: [],
};
const condition = (more: Partial<SourceCondition> = {}): SourceCondition => ({
  kind: 'condition',
  key: 'k',
  state: 'active',
  acknowledged: null,
  priority: 'high',
  level: null,
  severity: 700,
  from: 'Tank',
  name: 'High',
  message: 'too high',
  at: NOW - 1_000,
  subject: null,
  ...more,
});

function intakeOf({
  policy,
  skewMs = 0,
  fail = false,
}: {
  policy?: ClockPolicy;
  skewMs?: number;
  fail?: boolean;
} = {}) {
  const kept: SourceCondition[] = [];
  const listed: (readonly string[])[] = [];
  const metrics = createMetrics();
  const open = createEventIntake(policy ? { ...source, clock: policy } : source, {
    log: {
      append: async (record: LogRecord) => {
        if (fail) throw new StoreError('log_full', 'the readings log is full');
        if (record.kind !== 'event' || record.event.kind !== 'external') throw new Error('another record');
        expect(record.event).toMatchObject({ source: 'ua', at: NOW });
        if (record.event.said.kind === 'condition') kept.push(record.event.said);
        else listed.push(record.event.said.keys);
        return 1;
      },
    },
    tags: new TagRegistry([
      { name: 'tank.level', asset: 'tank', unit: null, source: 'ua', range: null, deadband: 0, heartbeatMs: 1 },
    ]),
    assets: new Set(['tank']),
    clock: { now: () => NOW, sleep: async () => undefined },
    sourceClock: { toSource: (at) => at + skewMs },
    metrics,
    logger: createLogger('silent'),
  });
  const discarded = async () =>
    (await metrics.eventsDiscarded.get()).values.map(({ labels, value }) => [labels['reason'], value]);
  return { open, take: open(), kept, listed, discarded };
}

describe('what a source says of its alarms', () => {
  it('is kept as it is when there is nothing against it', async () => {
    const { take, kept } = intakeOf();
    const given = condition({ subject: { tag: 'tank.level' }, acknowledged: { by: 'op', note: null } });
    await take(given);
    await take(condition({ subject: { asset: 'tank' } }));
    expect(kept).toEqual([given, condition({ subject: { asset: 'tank' } })]);
  });

  it('belongs to nothing when the plant has no such tag or asset, and whoever said it is told', async () => {
    const { take, kept } = intakeOf();
    expect(await take(condition({ subject: { tag: 'tank.pressure' } }))).toBe('unknown_subject');
    expect(await take(condition({ subject: { asset: 'boiler' } }))).toBe('unknown_subject');
    expect(await take(condition({ subject: { asset: 'tank' }, state: 'inactive' }))).toBeUndefined();
    expect(kept.map(({ subject }) => subject)).toEqual([null, null, { asset: 'tank' }]);
  });

  it('is cut to lines that a database and a person can take', async () => {
    const { take, kept } = intakeOf();
    await take(condition({ message: `a\u0000b\r\nc ${'x'.repeat(2_000)}`, from: '\ud800Tank\n', name: '' }));
    expect(kept[0]).toMatchObject({ from: 'Tank', name: '', message: expect.stringMatching(/^a b c x{900,995}$/) });
  });

  it('did not happen later than it was told, nor at no time', async () => {
    const { take, kept } = intakeOf();
    for (const at of [NOW + 60_000, 0, Number.NaN, -1, 5_000]) await take(condition({ at }));
    expect(kept.map(({ at }) => at)).toEqual([NOW, NOW, NOW, NOW, 5_000]);
  });

  it('gets its time as the readings of its source do', async () => {
    const arrival = intakeOf({ policy: { kind: 'arrival' } });
    await arrival.take(condition({ at: NOW - 9_000 }));
    expect(arrival.kept[0]!.at).toBe(NOW);
    const correct = intakeOf({ policy: { kind: 'correct', limitMs: 1 }, skewMs: 3_600_000 });
    await correct.take(condition({ at: NOW + 3_600_000 - 9_000 }));
    expect(correct.kept[0]!.at).toBe(NOW - 9_000);
  });

  it('has a bound on alarms that are active at once, and room again when some end', async () => {
    const { take, kept, discarded } = intakeOf();
    for (let i = 0; i < MAX_STANDING; i++) await take(condition({ key: String(i) }));
    await take(condition({ key: 'more' }));
    expect(kept).toHaveLength(MAX_STANDING);
    expect(await discarded()).toEqual([['too_many', 1]]);
    await take(condition({ key: '7' }));
    await take(condition({ key: '7', state: 'inactive' }));
    await take(condition({ key: 'more' }));
    expect(kept.at(-1)).toMatchObject({ key: 'more', state: 'active' });
    await take({ kind: 'standing', keys: ['more'] });
    await take(condition({ key: 'another' }));
    expect(kept.at(-1)).toMatchObject({ key: 'another' });
  });

  it('counts no alarm of an earlier connection against the bound when nothing told which of them ended', async () => {
    const { open, kept, listed, discarded } = intakeOf();
    const first = open();
    for (let i = 0; i < MAX_STANDING; i++) await first(condition({ key: String(i) }));
    const second = open();
    await second(condition({ key: 'more' }));
    expect(kept.at(-1)).toMatchObject({ key: 'more' });
    expect(await discarded()).toEqual([]);
    await second({ kind: 'standing', keys: ['more'] });
    await open()({ kind: 'standing', keys: ['more', '7'] });
    expect(listed).toEqual([['more'], ['more']]);
  });

  it('lists those that stand, as they were kept, and none that was left out', async () => {
    const { take, listed } = intakeOf();
    const long = 'k'.repeat(5_000);
    await Promise.all([
      ...[long, 'a', 'over'].map((key) => take(condition({ key }))),
      take(condition({ key: 'over', state: 'inactive' })),
      take({ kind: 'standing', keys: [long, 'a', 'never told'] }),
    ]);
    expect(listed).toEqual([[long.slice(0, 600), 'a']]);
  });

  it('is refused loudly while the log is full', async () => {
    const { take, discarded } = intakeOf({ fail: true });
    await expect(take(condition())).rejects.toMatchObject({ code: 'log_full' });
    expect(await discarded()).toEqual([['log_full', 1]]);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRetention } from '../../src/ingest/retention.ts';
import { MAX_SAMPLES } from '../../src/model/waveform.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { scrapeConservation } from '../kit/conservation.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { type Gate, openGate } from '../kit/gate.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: captures
timezone: UTC
adapters:
  push: { kind: http, adopt: auto }
assets:
  pump-1: { tags: { vibration: { unit: m/s2, from: push }, picture: { unit: Cel, from: push } } }
`;
const CLOSED = PLANT.replace('adopt: auto', 'adopt: never');
const DAY_MS = 86_400_000;
const directory = mkdtempSync(join(tmpdir(), 'millwright-captures-'));
const options = { dataDirectory: directory, databaseUrl: '' };

let test: TestService;
let direct: string;
let gate: Gate;
beforeAll(async () => {
  direct = await createDatabase();
  gate = await openGate(Number(new URL(direct).port));
  options.databaseUrl = Object.assign(new URL(direct), { port: String(gate.port) }).href;
  test = await startTestService(PLANT, options);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

// Rounded to milliseconds and given an odd microsecond: as exact as the database is.
const T0 = Date.now() - 3_600_000 + 0.125;
/** A float of every size and both signs, -0 and the smallest among them; no two waveforms alike. */
const wave = (n: number, seed = 1) =>
  Float32Array.from({ length: n }, (_, i) =>
    i === 0 ? -0 : i === 1 ? 1e-45 : Math.sin(i * seed) * 10 ** ((i % 9) - 4),
  );
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);
const base64 = (values: Float32Array) => bytesOf(values).toString('base64');
const waveform = (at: number, samples: unknown, more: object = {}) => ({
  tag: 'pump-1.vibration',
  at,
  rateHz: 25_600,
  unit: 'm/s2',
  samples,
  ...more,
});
const frame = (at: number, celsius: unknown, more: object = {}) => ({
  tag: 'pump-1.picture',
  at,
  width: 32,
  height: 24,
  celsius,
  ...more,
});
const push = (kind: 'waveforms' | 'frames', body: unknown) => test.call('POST', `/api/v1/${kind}`, body);
const list = async (kind: 'waveforms' | 'frames', tag = `pump-1.${kind === 'frames' ? 'picture' : 'vibration'}`) =>
  (await test.call('GET', `/api/v1/tags/${tag}/${kind}?from=${T0 - DAY_MS}&limit=1000`)).body.items as any[];
const stored = async (kind: 'waveforms' | 'frames', at: number) =>
  waitFor(`what was taken at ${at}`, async () => {
    const items = await list(kind);
    return items.find((item) => item.at.startsWith(new Date(at).toISOString().slice(0, -1)));
  });
/** The bytes of one, and its headers. */
async function fetchBytes(path: string) {
  const response = await fetch(`${test.url}/api/v1/tags/${path}`, {
    headers: { authorization: `Bearer ${test.adminKey}`, accept: 'application/octet-stream' },
  });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}
const metric = async (name: string) => {
  const text = await (await fetch(`${test.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
};

describe('waveforms and thermal frames along the line', () => {
  it('come back bit for bit, as bytes and as JSON, however they were pushed', async () => {
    const samples = wave(4_096);
    const list32 = `[${Array.from(samples, (x) => (Object.is(x, -0) ? '-0' : String(x))).join()}]`;
    expect(await push('waveforms', waveform(T0, base64(samples)))).toEqual({ status: 200, body: { accepted: 1 } });
    const asList = JSON.stringify(waveform(T0 + 1, [])).replace('[]', list32);
    const packed = await fetch(`${test.url}/api/v1/waveforms`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${test.adminKey}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: gzipSync(asList),
    });
    expect(packed.status).toBe(200);
    for (const at of [T0, T0 + 1]) {
      const entry = await stored('waveforms', at);
      expect(entry).toEqual({
        at: expect.stringMatching(/125Z$/),
        rateHz: 25_600,
        unit: 'm/s2',
        sampleCount: 4_096,
      });
      const { headers, bytes } = await fetchBytes(`pump-1.vibration/waveforms/${entry.at}`);
      expect(bytes.equals(bytesOf(samples))).toBe(true);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'application/octet-stream',
        'waveform-rate-hz': '25600',
        'waveform-unit': 'm/s2',
        'waveform-at': entry.at,
      });
      const { body } = await test.call('GET', `/api/v1/tags/pump-1.vibration/waveforms/${entry.at}`);
      expect(body).toMatchObject({ tag: 'pump-1.vibration', at: entry.at, rateHz: 25_600, unit: 'm/s2' });
      expect(bytesOf(Float32Array.from(body.samples)).equals(bytesOf(samples))).toBe(true);
    }
    const celsius = wave(32 * 24, 3);
    expect((await push('frames', frame(T0, base64(celsius)))).status).toBe(200);
    const entry = await stored('frames', T0);
    expect(entry).toEqual({ at: expect.any(String), width: 32, height: 24 });
    const { headers, bytes } = await fetchBytes(`pump-1.picture/frames/${entry.at}`);
    expect(bytes.equals(bytesOf(celsius))).toBe(true);
    expect([headers.get('frame-width'), headers.get('frame-height')]).toEqual(['32', '24']);
    const { body } = await test.call('GET', `/api/v1/tags/pump-1.picture/frames/${entry.at}`);
    expect(bytesOf(Float32Array.from(body.celsius)).equals(bytesOf(celsius))).toBe(true);
  });

  it('may be as large as promised', async () => {
    const samples = wave(MAX_SAMPLES, 5);
    expect((await push('waveforms', waveform(T0 + 10_000, base64(samples)))).status).toBe(200);
    const celsius = wave(640 * 512, 7);
    const large = frame(T0 + 10_000, base64(celsius), { width: 640, height: 512 });
    expect((await push('frames', large)).status).toBe(200);
    const { at } = await stored('waveforms', T0 + 10_000);
    expect((await fetchBytes(`pump-1.vibration/waveforms/${at}`)).bytes.equals(bytesOf(samples))).toBe(true);
    const { body } = await test.call('GET', `/api/v1/tags/pump-1.vibration/waveforms/${at}`);
    expect(bytesOf(Float32Array.from(body.samples)).equals(bytesOf(samples))).toBe(true);
    const picture = await stored('frames', T0 + 10_000);
    expect((await fetchBytes(`pump-1.picture/frames/${picture.at}`)).bytes.equals(bytesOf(celsius))).toBe(true);
  });

  it('are stored once; another one for the same time is a conflict, and the first one stays', async () => {
    const at = T0 + 20_000;
    const first = waveform(at, base64(wave(100)));
    const outcomes = ['duplicate', 'conflict'] as const;
    const dealtWith = async (outcome: string) => {
      const text = await (await fetch(`${test.url}/metrics`)).text();
      return Number(
        new RegExp(`^writer_captures_total\\{kind="waveform",outcome="${outcome}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0,
      );
    };
    const counts = () => Promise.all(outcomes.map(dealtWith));
    expect(await counts()).toEqual([0, 0]);
    for (let i = 0; i < 3; i++) expect((await push('waveforms', first)).status).toBe(200);
    expect((await push('waveforms', waveform(at, base64(wave(100, 9))))).status).toBe(200);
    await waitFor('all to be dealt with', async () => (await counts()).join() === '2,1');
    const { at: name } = await stored('waveforms', at);
    expect((await fetchBytes(`pump-1.vibration/waveforms/${name}`)).bytes.equals(bytesOf(wave(100)))).toBe(true);
  });

  it('are listed page by page within a range', async () => {
    const from = T0 + 30_000;
    for (let i = 0; i < 5; i++) await push('frames', frame(from + i, base64(wave(32 * 24, i))));
    await stored('frames', from + 4);
    const path = `/api/v1/tags/pump-1.picture/frames?from=${from + 1}&to=${from + 4}&limit=2`;
    const first = (await test.call('GET', path)).body;
    const second = (await test.call('GET', `${path}&cursor=${first.next}`)).body;
    expect(first.items).toHaveLength(2);
    expect(second).toMatchObject({ next: null });
    const times = [...first.items, ...second.items].map(({ at }) => at);
    expect(times).toEqual([1, 2, 3].map((i) => `${new Date(from + i).toISOString().slice(0, -1)}125Z`));
  });

  it('bring new tags where their source may, and are no readings', async () => {
    const before = await scrapeConservation(test.url);
    await push('waveforms', waveform(T0, [1, 2, 3], { tag: 'fan-9.acceleration', unit: 'g' }));
    const found = await waitFor('it', async () => {
      const { status } = await test.call('GET', '/api/v1/tags/fan-9.acceleration');
      const items = status === 200 ? await list('waveforms', 'fan-9.acceleration') : [];
      return items.length > 0 && items;
    });
    expect(found).toMatchObject([{ unit: 'g', sampleCount: 3 }]);
    const after = await scrapeConservation(test.url);
    expect(after.complaints).toEqual([]);
    expect([after.accepted, after.stored]).toEqual([before.accepted, before.stored]);
  });

  it('wait in the log while the database is away, and come through a restart, once', async () => {
    const from = T0 + 40_000;
    await waitFor('nothing to wait', async () => (await metric('writer_lag_bytes')) === 0);
    gate.shut();
    const sent = Array.from({ length: 20 }, (_, i) => wave(2_000, i + 11));
    const reading = (i: number) => ({ tag: 'pump-1.vibration', at: from + i, value: i });
    for (const [i, samples] of sent.entries()) {
      expect((await push('waveforms', waveform(from + i, base64(samples)))).status).toBe(200);
      expect((await test.call('POST', '/api/v1/readings', { readings: [reading(i)] })).body.accepted).toBe(1);
    }
    await test[Symbol.asyncDispose]();
    gate.open();
    test = await startTestService(PLANT, options);
    expect((await push('waveforms', waveform(from, base64(sent[0]!)))).status).toBe(200);
    await stored('waveforms', from + 19);
    for (const [i, samples] of sent.entries()) {
      const at = `${new Date(from + i).toISOString().slice(0, -1)}125Z`;
      expect((await fetchBytes(`pump-1.vibration/waveforms/${at}`)).bytes.equals(bytesOf(samples))).toBe(true);
    }
    await waitFor('the readings', async () => {
      const { complaints, waiting, stored } = await scrapeConservation(test.url);
      expect(complaints).toEqual([]);
      return waiting === 0 && stored === 20;
    });
    await waitFor('the one that came twice', async () => (await metric('writer_captures_total')) === 21);
    const [rows] = await queryDatabase<{ n: number }>(
      direct,
      `select count(*)::int as n from waveform where at >= to_timestamp(${from / 1_000})`,
    );
    expect(rows!.n).toBe(20);
  });

  it('drain two transactions at a time, each once, also when what is sent again lies in the other one', async () => {
    const from = T0 + 45_000;
    const before = await metric('writer_captures_total');
    gate.shut();
    const sent = Array.from({ length: 40 }, (_, i) => base64(wave(20_000, i + 40)));
    for (const round of [0, 1]) {
      for (const [i, samples] of sent.entries()) {
        expect((await push('waveforms', waveform(from + i, samples))).status).toBe(200);
        const at = from + round * 100 + i; // readings of their own, or the transactions would go one by one
        await test.call('POST', '/api/v1/readings', { readings: [{ tag: 'pump-1.vibration', at, value: i }] });
      }
    }
    gate.open();
    await waitFor('all of them', async () => (await metric('writer_captures_total')) === before + 80);
    const found = await list('waveforms');
    expect(found.filter(({ sampleCount }) => sampleCount === 20_000)).toHaveLength(40);
    const { at } = found.filter(({ sampleCount }) => sampleCount === 20_000)[7];
    expect((await fetchBytes(`pump-1.vibration/waveforms/${at}`)).bytes.toString('base64')).toBe(sent[7]);
    expect((await scrapeConservation(test.url)).complaints).toEqual([]);
  });

  it('go to quarantine without their samples when the database refuses them, and harm nothing beside them', async () => {
    const from = T0 + 50_000;
    await queryDatabase(direct, 'alter table waveform add constraint poison check (rate_hz <> 666)');
    gate.shut();
    for (let i = 0; i < 6; i++) {
      const more = i === 2 ? { rateHz: 666 } : {};
      expect((await push('waveforms', waveform(from + i, base64(wave(50, i)), more))).status).toBe(200);
      await test.call('POST', '/api/v1/readings', { readings: [{ tag: 'pump-1.picture', at: from + i, value: i }] });
    }
    gate.open();
    await stored('waveforms', from + 5);
    const times = (await list('waveforms')).map(({ at }) => at.slice(20, -1));
    expect(times.slice(-5)).toEqual([0, 1, 3, 4, 5].map((i) => `${new Date(from + i).toISOString().slice(20, -1)}125`));
    const { items } = (await test.call('GET', '/api/v1/quarantine')).body;
    expect(items).toMatchObject([
      {
        source: 'push',
        tag: 'pump-1.vibration',
        value: 'waveform of 50 samples, 666 Hz, m/s2',
        reason: '23514',
        detail: expect.stringContaining('poison'),
      },
    ]);
    const { complaints, quarantined } = await scrapeConservation(test.url);
    expect({ complaints, quarantined }).toEqual({ complaints: [], quarantined: 0 });
  });

  it('are dropped when they are older than the plant keeps them', async () => {
    const stop = new AbortController();
    const database = openDatabase(direct, { connections: 1, name: 'test' });
    const days = (n: number) => n * DAY_MS;
    const all = (await list('waveforms')).length;
    await runRetention({
      database,
      edition: 'postgresql',
      keptAs: 'tables',
      retention: {
        readingsMs: days(400),
        rollupsMs: days(400),
        waveformsMs: days(1),
        compressAfterMs: days(7),
      },
      clock: { now: () => T0 + 30_003 + DAY_MS, sleep: async () => stop.abort() },
      logger: createLogger('silent'),
      signal: stop.signal,
    });
    await database.close();
    const kept = (await list('waveforms')).length;
    expect([all - kept, kept]).toEqual([4, 65]);
    expect(await list('frames')).toHaveLength(2);
  });
});

describe('what is refused', () => {
  const whole = { status: 422, body: { code: 'capture_refused' } };
  it.each([
    ['waveforms', 'not_finite', () => waveform(T0, base64(Float32Array.of(1, Number.NaN)))],
    ['waveforms', 'not_finite', () => waveform(T0, [1, 1e39])],
    ['waveforms', 'invalid_unit', () => waveform(T0, [1], { unit: 'm/s' })],
    ['waveforms', 'invalid_unit', () => waveform(T0, [1], { unit: '' })],
    ['waveforms', 'invalid_rate', () => waveform(T0, [1], { rateHz: 0 })],
    ['waveforms', 'invalid_size', () => waveform(T0, [])],
    ['waveforms', 'too_large', () => waveform(T0, base64(new Float32Array(MAX_SAMPLES + 1)))],
    ['waveforms', 'too_old', () => waveform(T0 / 1_000, [1])],
    ['waveforms', 'too_old', () => waveform(T0 - 91 * DAY_MS, [1])],
    ['waveforms', 'too_new', () => waveform(T0 + DAY_MS, [1])],
    ['waveforms', 'invalid_tag', () => waveform(T0, [1], { tag: 'nodot' })],
    ['frames', 'invalid_size', () => frame(T0, [1, 2, 3])],
    ['frames', 'invalid_size', () => frame(T0, [], { width: 0 })],
    ['frames', 'too_large', () => frame(T0, [1], { width: 641 })],
    ['frames', 'not_finite', () => frame(T0, base64(new Float32Array(32 * 24).fill(Number.POSITIVE_INFINITY)))],
  ] as const)('%s: %s', async (kind, reason, body) => {
    const answer = await push(kind, body());
    expect(answer).toMatchObject({ ...whole, body: { ...whole.body, reason, detail: expect.stringMatching(/.{10}/) } });
  });

  it.each([
    ['waveforms', waveform(T0, [1, null])],
    ['waveforms', waveform(T0, 'AACAPw')],
    ['waveforms', waveform(T0, { 0: 1 })],
    ['waveforms', waveform(T0, [1], { at: 'yesterday' })],
    ['waveforms', waveform(T0, [1], { unit: undefined })],
    ['waveforms', waveform(T0, [1], { rateHz: '25600' })],
    ['waveforms', waveform(T0, [1], { sensor: 'x' })],
    ['frames', frame(T0, [1], { height: 1.5 })],
    ['frames', [frame(T0, [1])]],
  ] as const)('%s with a malformed body: %#', async (kind, body) => {
    expect(await push(kind, body)).toMatchObject({ status: 400, body: { code: 'body_invalid' } });
  });

  it('says the limit of the route that was asked', async () => {
    const tooLarge = await push('waveforms', waveform(T0, 'A'.repeat(8 * 1024 * 1024)));
    expect(tooLarge).toMatchObject({ status: 413, body: { detail: 'the body is larger than 8 MiB' } });
    const readings = await test.call('POST', '/api/v1/readings', { readings: ['A'.repeat(1024 * 1024)] });
    expect(readings).toMatchObject({ status: 413, body: { detail: 'the body is larger than 1 MiB' } });
  });

  it('tags that nobody knows, where the source may bring none, each with a count', async () => {
    await using closed = await startTestService(CLOSED);
    const body = waveform(T0, [1], { tag: 'pump-1.other' });
    const answer = await closed.call('POST', '/api/v1/waveforms', body);
    expect(answer).toMatchObject({ status: 422, body: { reason: 'unknown_tag' } });
    const text = await (await fetch(`${closed.url}/metrics`)).text();
    expect(text).toContain('ingest_captures_discarded_total{source="push",kind="waveform",reason="unknown_tag"} 1');
    const [source] = (await closed.call('GET', '/api/v1/sources')).body.items;
    expect(source).toMatchObject({ id: 'push', counts: { discarded: { unknown_tag: 1 } } });
  });
});

it('a full log refuses them with 503 and Retry-After, and keeps what it took', async () => {
  const databaseUrl = await createDatabase();
  await using away = await openGate(Number(new URL(databaseUrl).port));
  const url = Object.assign(new URL(databaseUrl), { port: String(away.port) }).href;
  await using full = await startTestService(`${PLANT}log: { maxBytes: 16MiB }\n`, { databaseUrl: url });
  away.shut();
  const send = (i: number) =>
    fetch(`${full.url}/api/v1/waveforms`, {
      method: 'POST',
      headers: { authorization: `Bearer ${full.adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(waveform(T0 + i, base64(wave(MAX_SAMPLES)))),
    });
  for (let i = 0; i < 3; i++) expect((await send(i)).status).toBe(200);
  const refused = await send(3);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
  expect(await refused.json()).toMatchObject({ code: 'log_full' });
  away.open();
  await waitFor('what it took', async () => {
    const { items } = (await full.call('GET', `/api/v1/tags/pump-1.vibration/waveforms?from=${T0 - 1}`)).body;
    return items.length === 3;
  });
});

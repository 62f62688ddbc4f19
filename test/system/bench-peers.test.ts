import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BenchTools, findBenchTools, installBenchTools } from '../kit/bench-tools.ts';
import { type Program, startProgram } from '../kit/child.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { freePort } from '../kit/free-port.ts';
import { MODBUS_BLOCKS, modbusAssets, type Scan, ticksOf } from '../kit/modbus-registers.ts';
import { type Broker, MOSQUITTO, startMosquitto } from '../kit/mosquitto.ts';
import { listenToOpcua } from '../kit/opcua-listener.ts';
import type { Peer } from '../kit/peer.ts';
import { mustRun, required } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const ADMIN_KEY = 'bench-test-key';
const MODBUS = { units: 3, hz: 5, scans: 30 };
const OPCUA = { variables: 100, hz: 2, perAsset: 10, windowMs: 12_000 };
/** Readings on a grid two days ago: old enough that nothing live can be meant, young enough to be kept. */
const GRID_START = Math.floor(Date.now() / 1_000) * 1_000 - 2 * 86_400_000;
const GRID_STEP_MS = 250;

interface Row {
  readonly tag: string;
  readonly at: number;
  readonly value: number | null;
  readonly quality: number;
}

const tools = findBenchTools();
const isEverythingThere = tools === null || MOSQUITTO === null ? null : tools;
const LEFT_OUT = 'the comparison with independent programs (BENCH_TOOLS=<folder>, apt-get install mosquitto)';

describe.runIf(mustRun(isEverythingThere, LEFT_OUT))('of what independent programs serve, the service', () => {
  const directory = mkdtempSync(join(tmpdir(), 'millwright-peers-'));
  const opened: (AsyncDisposable | Disposable)[] = [];
  let bench: BenchTools;
  let broker: Broker;
  let service: Program;
  let origin: string;
  let databaseUrl: string;
  let opcuaUrl: string;

  beforeAll(async () => {
    bench = keep(await installBenchTools(required(tools, 'the folder with the tools: set BENCH_TOOLS')));
    broker = keep(await startMosquitto(['allow_anonymous true', 'persistence false', 'max_queued_messages 100000']));
    const [modbusPort, modbusControl, opcuaPort, opcuaControl] = await Promise.all(Array.from({ length: 4 }, freePort));
    const { units, hz } = MODBUS;
    const modbus = start('modbus-sim', { port: modbusPort!, 'control-port': modbusControl!, units, hz });
    const { variables: vars, perAsset } = OPCUA;
    const opcua = start('opcua-sim', {
      port: opcuaPort!,
      'control-port': opcuaControl!,
      vars,
      hz: OPCUA.hz,
      'per-asset': perAsset,
    });
    await Promise.all([modbus.untilListening(modbusPort!), opcua.untilListening(opcuaPort!)]);
    opcuaUrl = `opc.tcp://127.0.0.1:${opcuaPort}/UA/Plant`;
    const plant = join(directory, 'plant.yaml');
    writeFileSync(plant, plantFile(modbusPort!));
    databaseUrl = await createDatabase();
    service = startProgram(['run', '--plant', plant, '--port', '0', '--data', join(directory, 'data')], {
      DATABASE_URL: databaseUrl,
      MILLWRIGHT_ADMIN_KEY: ADMIN_KEY,
      LOG_LEVEL: 'warn',
    });
    origin = (await service.until(/is at (http:\S+)\n/))[1]!;
    await waitFor('all sources', async () => {
      const answer = await fetch(`${origin}/api/v1/sources`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
      const { items } = (await answer.json()) as { items: { state: string }[] };
      return items.length === 4 && items.every(({ state }) => state === 'up' || state === 'listening');
    });
  }, 180_000);
  afterAll(async () => {
    await service?.end('SIGTERM');
    for (const one of opened.reverse()) {
      if (Symbol.asyncDispose in one) await one[Symbol.asyncDispose]();
      else one[Symbol.dispose]();
    }
    rmSync(directory, { recursive: true, force: true });
  });

  function keep<T extends AsyncDisposable | Disposable>(one: T): T {
    opened.push(one);
    return one;
  }

  function start(name: string, options: Readonly<Record<string, string | number>>): Peer {
    return keep(bench.start(name, options));
  }

  function plantFile(modbusPort: number): string {
    return `
plant: peers
timezone: UTC
adapters:
  plc: { kind: modbus, host: 127.0.0.1, port: ${modbusPort}, poll: 300ms }
  line: { kind: opcua, url: "${opcuaUrl}", publish: 250ms, sampling: 100ms }
  sensors:
    kind: mqtt
    url: ${broker.url}
    adopt: auto
    map:
      - { topic: single/+area/+asset/+tag, asset: "single-{asset}", value: $.value, time: $.ts, timeUnit: ms }
      - { topic: batch/+area/+asset, asset: "batch-{asset}", each: $.readings, tag: $.point, value: $.value, time: $.ts }
  push: { kind: http, adopt: auto }
assets:
${modbusAssets('plc')}
${opcuaAssets()}
`;
  }

  /** The asset a variable is given in the plant file; the name of the server's own object is taken by pushed readings. */
  function opcuaAssets(): string {
    const lines = variables().map(
      ({ asset, point, nodeId }, i) =>
        `${i % OPCUA.perAsset === 0 ? `  line-${asset}:\n    name: ${asset}\n    tags:\n` : ''}` +
        `      ${point}: { from: line, address: { nodeId: "${nodeId}" } }`,
    );
    return lines.join('\n');
  }

  function variables() {
    return Array.from({ length: OPCUA.variables }, (_, i) => {
      const { asset, point } = bench.scheme.pointName(i, OPCUA.perAsset);
      return { asset, point, tag: `line-${asset}.${point}`, nodeId: `ns=1;s=${asset}.${point}` };
    });
  }

  /** Every row of the tags whose names begin so, by time. */
  function rowsOf(prefix: string): Promise<Row[]> {
    return queryDatabase<Row & Record<string, unknown>>(
      databaseUrl,
      `select t.name as tag, (extract(epoch from r.at) * 1000)::float8 as at, r.value, r.quality
         from reading r join tag t on t.id = r.tag_id where starts_with(t.name, $1) order by r.at, t.name`,
      [prefix],
    );
  }

  async function countOf(prefix: string): Promise<number> {
    const [row] = await queryDatabase<{ n: number }>(
      databaseUrl,
      'select count(*)::int as n from reading r join tag t on t.id = r.tag_id where starts_with(t.name, $1)',
      [prefix],
    );
    return row!.n;
  }

  it('stores in every Modbus scan, of three units, what the registers held at one moment', async () => {
    const perScan = MODBUS_BLOCKS.reduce((sum, { tags }) => sum + tags.length, 0);
    await waitFor('enough scans', async () => (await countOf('unit-')) >= MODBUS.scans * perScan);
    const rows = await rowsOf('unit-');
    expect(rows.filter(({ quality }) => quality !== 0)).toEqual([]);

    const scansOf = MODBUS_BLOCKS.map((block) => ticksOf(block, rows));
    expect(scansOf.flatMap(({ complaints }) => complaints)).toEqual([]);
    const whole = Math.min(...scansOf.map(({ scans }) => scans.length)); // the last one may be half stored
    expect(whole).toBeGreaterThanOrEqual(MODBUS.scans - 1);
    expect(Math.max(...scansOf.map(({ scans }) => scans.length))).toBeLessThanOrEqual(whole + 1);

    const requests = scansOf.flatMap(({ scans }) => scans.slice(0, whole)).sort((a, b) => a.at - b.at);
    expect(leaps(requests)).toEqual([]);
    const counter = scansOf[0]!.scans;
    const [first, last] = [counter[0]!, counter.at(-1)!];
    expect(last.tick - first.tick).toBeGreaterThan(((last.at - first.at) / 1_000) * MODBUS.hz * 0.5);
  });

  it('stores every change of 100 OPC UA variables once, under the time and with the value of the server', async () => {
    const wanted = variables();
    const tagOf = new Map(wanted.map(({ nodeId, tag }) => [nodeId, tag]));
    const nodeIds = wanted.map(({ nodeId }) => nodeId);
    await using listener = await listenToOpcua(opcuaUrl, nodeIds, { publishMs: 250, samplingMs: 100 });
    await waitFor(
      'a first value of each',
      () => new Set(listener.heard.map((one) => one.nodeId)).size === nodeIds.length,
    );
    const from = Math.max(...listener.heard.map(({ at }) => at)) + 500;
    const to = from + OPCUA.windowMs;
    await waitFor('the end of the window', () => listener.heard.some(({ at }) => at > to + 1_000), OPCUA.windowMs * 3);
    await waitFor('its rows', async () => (await rowsOf('line-')).some(({ at }) => at > to + 1_000));

    const isInside = ({ at }: { readonly at: number }) => at >= from && at <= to;
    const heard = listener.heard.filter(isInside).map((one) => ({ ...one, tag: tagOf.get(one.nodeId)! }));
    const stored = (await rowsOf('line-')).filter(isInside);
    expect(heard.length).toBeGreaterThan((OPCUA.windowMs / 1_000) * OPCUA.hz * OPCUA.variables * 0.5);
    expect(differences(stored, heard)).toEqual([]);
  });

  it.each([
    { shape: 'single', readings: 6_000, points: 120, perAsset: 10, perMessage: 1 },
    { shape: 'batch', readings: 20_050, points: 125, perAsset: 20, perMessage: 100 },
  ])('stores every reading of MQTT messages of $perMessage once and unchanged', async (load) => {
    const { shape, readings, points, perAsset, perMessage } = load;
    const seed = 7;
    const publisher = start('mqtt-load', {
      port: broker.port,
      prefix: shape,
      shape,
      readings,
      points,
      'per-asset': perAsset,
      batch: perMessage,
      qos: 1,
      seed,
      ts: 'grid',
      start: GRID_START,
      step: GRID_STEP_MS,
    });
    await publisher.untilDone();
    const order = shape === 'single' ? roundRobin(readings, points) : assetByAsset(load);
    const expected = expectedReadings({ order, points, perAsset, seed, prefix: `${shape}-` });
    expect(expected).toHaveLength(readings);
    await waitFor(`${readings} rows`, async () => (await countOf(`${shape}-`)) >= readings);
    expect(differences(await rowsOf(`${shape}-`), expected)).toEqual([]);
  });

  it('stores every reading that was pushed over HTTP once and unchanged', async () => {
    const load = { readings: 10_250, points: 200, perAsset: 10, seed: 3 };
    const { readings, points, perAsset, seed } = load;
    const pusher = start('http-load', {
      url: `${origin}/api/v1/readings`,
      format: 'json',
      header: `authorization: Bearer ${ADMIN_KEY}`,
      readings,
      points,
      'per-asset': perAsset,
      batch: 500,
      seed,
      ts: 'grid',
      start: GRID_START,
      step: GRID_STEP_MS,
    });
    await pusher.untilDone();
    const expected = expectedReadings({ order: roundRobin(readings, points), points, perAsset, seed, prefix: '' });
    await waitFor(`${readings} rows`, async () => (await countOf('asset')) >= readings);
    expect(differences(await rowsOf('asset'), expected)).toEqual([]);
  });

  it('discards nothing on the way, and finds no reading in contradiction to another', async () => {
    const metrics = await (await fetch(`${origin}/metrics`)).text();
    expect(metrics).toMatch(/^writer_readings_stored_total \d+$/m);
    expect(metrics.match(/^ingest_readings_discarded_total\{.*\} [1-9].*$/gm) ?? []).toEqual([]);
    expect(metrics.match(/^writer_readings_conflict_total [1-9].*$/gm) ?? []).toEqual([]);
  });

  interface Expected {
    readonly tag: string;
    readonly at: number;
    readonly value: number;
  }

  /** What a generator sends when it asks its signals in this order: they are drawn from one source of randomness. */
  function expectedReadings(load: {
    readonly order: Iterable<number>;
    readonly points: number;
    readonly perAsset: number;
    readonly seed: number;
    readonly prefix: string;
  }): Expected[] {
    const signals = new bench.scheme.Signals(load.points, load.seed);
    const sent = new Map<number, number>();
    return Array.from(load.order, (point) => {
      const n = sent.get(point) ?? 0;
      sent.set(point, n + 1);
      const { asset, point: name } = bench.scheme.pointName(point, load.perAsset);
      return { tag: `${load.prefix}${asset}.${name}`, at: GRID_START + n * GRID_STEP_MS, value: signals.next(point) };
    });
  }
});

function* roundRobin(readings: number, points: number): Generator<number> {
  for (let made = 0; made < readings; made++) yield made % points;
}

/** The order of the batched messages: one asset after the other, in each all its points in turn. */
function* assetByAsset(load: {
  readonly readings: number;
  readonly points: number;
  readonly perAsset: number;
  readonly perMessage: number;
}): Generator<number> {
  const { readings, points, perAsset, perMessage } = load;
  const assets = Math.ceil(points / perAsset);
  for (let made = 0, asset = 0; made < readings; asset = (asset + 1) % assets) {
    const first = asset * perAsset;
    const own = Math.min(perAsset, points - first);
    const count = Math.min(perMessage, readings - made);
    for (let k = 0; k < count; k++) yield first + (k % own);
    made += count;
  }
}

/**
 * Requests whose answer is older than the one before, or newer than the time between them allows. A request is answered
 * between its own time and that of the next one, so that two neighbours in a scan are at most one tick apart.
 */
function leaps(requests: readonly Scan[]): string[] {
  return requests.slice(2).flatMap((next, i) => {
    const [one, other] = [requests[i]!, requests[i + 1]!];
    const ticks = (other.tick - one.tick + 65_536) % 256; // of bits only the lowest eight are known
    const mostTicks = 1 + Math.floor(((next.at - one.at) / 1_000) * MODBUS.hz);
    return ticks <= mostTicks ? [] : [`${ticks} ticks from ${one.at} to ${other.at}, at most ${mostTicks} can be`];
  });
}

/** How what is stored differs from what was sent, in words; every reading is compared, the first ten are told. */
function differences(
  stored: readonly Row[],
  expected: readonly { tag: string; at: number; value: number }[],
): string[] {
  const keyOf = ({ tag, at }: { readonly tag: string; readonly at: number }) => `${tag} @ ${at}`;
  const left = new Map(expected.map((one) => [keyOf(one), one.value]));
  const found: string[] = left.size === expected.length ? [] : ['the same reading is expected twice'];
  for (const row of stored) {
    const key = keyOf(row);
    const value = left.get(key);
    if (value === undefined) found.push(`${key}: ${row.value} stored, and nothing of the kind was sent`);
    else if (value !== row.value) found.push(`${key}: ${row.value} stored, ${value} sent`);
    if (row.quality !== 0) found.push(`${key}: quality ${row.quality}`);
    left.delete(key);
  }
  for (const [key, value] of left) found.push(`${key}: ${value} sent, nothing stored`);
  return found.length > 10 ? [`${found.length} differences`, ...found.slice(0, 10)] : found;
}

import { cpus, loadavg, totalmem } from 'node:os';
import { installBenchTools } from '../kit/bench-tools.ts';
import { setup as buildService } from '../kit/build.ts';
import { backtest } from './backtest.ts';
import { columnstore } from './columnstore.ts';
import { createDatabase, type DatabaseServer, openServer } from './database.ts';
import { drain } from './drain.ts';
import { engine } from './engine.ts';
import type { Bench, Figure } from './figure.ts';
import { http } from './http.ts';
import { latency } from './latency.ts';
import { latest } from './latest.ts';
import { memory } from './memory.ts';
import { modbus } from './modbus.ts';
import { mqttBatch, mqttSingle } from './mqtt.ts';
import { mqttTopics } from './mqtt-topics.ts';
import { opcua } from './opcua.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { query } from './query.ts';
import { readingsLog } from './readings-log.ts';
import { saturated } from './saturated.ts';
import { Scope } from './scope.ts';
import { startBenchService } from './service.ts';
import { formatTable, judge, type Result } from './table.ts';
import { writer } from './writer.ts';

/** Every figure, in the order in which they are measured. */
const figures: readonly Figure[] = [
  readingsLog,
  writer,
  mqttSingle,
  mqttBatch,
  mqttTopics,
  http,
  drain,
  latest,
  query,
  columnstore,
  opcua,
  memory,
  modbus,
  engine,
  latency,
  backtest,
  saturated,
];

interface Failure {
  readonly figure: string;
  readonly failed: string;
}

const everything = new Scope();
let isStopped = false;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    if (isStopped) return;
    isStopped = true;
    process.stderr.write('\nending what was started …\n');
    void everything.close().finally(() => process.exit(code));
  });
}

const options = readOptions(
  process.argv.slice(2),
  figures.map(({ name }) => name),
);
if (typeof options === 'string') {
  process.stderr.write(`${options}\n`);
  process.exitCode = 2;
} else {
  try {
    await run(options);
  } catch (error) {
    if (!isStopped) process.stderr.write(`the bench cannot go on: ${wordsOf(error)}\n`);
    process.exitCode = 1;
  } finally {
    if (!isStopped) await everything.close();
  }
}

async function run(asked: BenchOptions): Promise<void> {
  tell('preparing the load generators, the service and the database');
  buildService(); // before everything else: `millwright run` is what is measured
  const tools = everything.keep(await installBenchTools(asked.tools));
  const server = everything.keep(await openServer(asked.databaseUrl));
  const machine = {
    at: new Date().toISOString(),
    cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    database: server.version,
    // Of the last five minutes: what others do on the machine, and what preparing took.
    loadBefore: loadavg()[1]!,
  };
  const results: Result[] = [];
  const failures: Failure[] = [];
  for (const figure of figures.filter(({ name }) => asked.only.length === 0 || asked.only.includes(name))) {
    tell(`${figure.name}: ${figure.about}`);
    const scope = everything.keep(new Scope());
    try {
      results.push(...(await figure.measure(benchOf({ asked, tools, server, scope }))).map(judge));
    } catch (error) {
      if (isStopped) return;
      failures.push({ figure: figure.name, failed: wordsOf(error) });
      tell(`  failed: ${wordsOf(error)}`);
    } finally {
      await scope.close();
    }
  }
  if (isStopped) return;
  if (failures.length > 0) process.exitCode = 1;
  if (asked.output === 'json') console.log(JSON.stringify({ machine, results, failures }, null, 2));
  else {
    console.log(
      `\n${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.database}, ${machine.at}\n`,
    );
    console.log(formatTable(results));
    for (const { figure, failed } of failures) console.log(`\n${figure} could not be measured: ${failed}`);
  }
}

function benchOf(from: {
  readonly asked: BenchOptions;
  readonly tools: Bench['tools'];
  readonly server: DatabaseServer;
  readonly scope: Scope;
}): Bench {
  const { asked, tools, server, scope } = from;
  return {
    tools,
    rounds: asked.rounds,
    size: asked.size,
    seconds: (usual) => asked.seconds ?? usual,
    say: (progress) => tell(`  ${progress}`),
    keep: (thing) => scope.keep(thing),
    database: async () => scope.keep(await createDatabase(server)),
    service: async (plant, database) => scope.keep(await startBenchService({ plant, database })),
  };
}

/** Progress goes to standard error: standard output is the table or the JSON. */
function tell(text: string): void {
  if (!isStopped) process.stderr.write(`${text}\n`);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

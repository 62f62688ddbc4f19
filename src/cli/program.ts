import { createRequire } from 'node:module';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { PeerName } from '../../adapters/simulator/faulty/peers.ts';
import type { Flags } from '../config/settings.ts';
import type { BacktestFlags } from './backtest.ts';
import type { DetectFlags } from './detect.ts';
import type { DiagnoseFlags } from './diagnose.ts';
import type { DiscoverOptions } from './discover.ts';
import type { ForecastFlags } from './forecast.ts';
import type { ImportFlags } from './import.ts';
import type { LearnAnewFlags } from './learn-anew.ts';
import type { PlanFlags } from './plan.ts';
import type { ProbeFlags } from './probe.ts';
import type { SimulatePeerOptions } from './simulate-peer.ts';
import type { TestFlags } from './test.ts';

const require = createRequire(import.meta.url);
const { version } = require(import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json') as {
  version: string;
};

/** The command line: each command loads what it needs only when it runs, so that `--help` is quick. */
export function createProgram(): Command {
  const program = new Command('millwright')
    .description('Industrial telemetry and predictive maintenance for one plant.')
    .version(version)
    .showHelpAfterError('(see --help)');

  withServiceOptions(program.command('run'))
    .description('Runs the service for a plant.')
    .requiredOption('--plant <file>', 'the plant file')
    .option('--rename-plant', 'the plant has a new name in its file: keeps what is stored under the old one')
    .action(async (options: Flags & { plant: string }) => (await import('./run.ts')).run(options));

  program
    .command('check')
    .description(
      'Checks a plant file and says everything that is wrong with it, with line and column. Connects to nothing.',
    )
    .argument('[file]', 'the plant file', 'plant.yaml')
    .option('--plant <file>', 'the same, as an option')
    .action(async (file: string, options: { plant?: string }) =>
      (await import('./check.ts')).check(options.plant ?? file),
    );

  program
    .command('test')
    .description('Runs the rules of a plant over written scenarios and says what comes out otherwise than expected.')
    .argument('<files...>', 'files of scenarios, e.g. scenarios/*.yaml')
    .option('--plant <file>', 'the plant file, instead of the one that each file names')
    .option('--verbose', 'tells all that happened in every scenario')
    .option('--json', 'nothing but JSON on standard output')
    .action(async (files: string[], options: TestFlags) => (await import('./test.ts')).testScenarios(files, options));

  withHistoryOptions(program.command('plan'), '7d')
    .description('Says what a new plant file changes, and which alerts of the last days would have been others.')
    .argument('<file>', 'the new plant file')
    .option('--against <file>', 'the present one', 'plant.yaml')
    .action(async (file: string, options: PlanFlags) => (await import('./plan.ts')).plan(file, options));

  withHistoryOptions(program.command('backtest'), '30d')
    .description('Runs rules over stored history: what they would have said, and what is different from now.')
    .requiredOption('--plant <file>', 'the plant file with the rules to try')
    .option('--against <file>', 'a plant file with the rules to compare with (without: what the service did live)')
    .option('--rule <id>', 'only this rule; may be repeated', collect, [])
    .action(async (options: BacktestFlags) => (await import('./backtest.ts')).runBacktestCommand(options));

  program
    .command('probe')
    .description(
      'Asks every device of a plant once: reads each address, says what is wrong, and what reading all of them costs. Stores nothing.',
    )
    .requiredOption('--plant <file>', 'the plant file')
    .option('--source <id>', 'only this adapter')
    .option('--guess [tag]', 'rank how the raw values of this tag, or of all, could be read')
    .option('--trust <thumbprint>', 'trust the server certificate with this SHA-1 thumbprint from now on')
    .option('--data <folder>', 'data directory (MILLWRIGHT_DATA, ./.millwright)')
    .option('--json', 'nothing but JSON on standard output')
    .action(async (options: ProbeFlags) => (await import('./probe.ts')).probe(options));

  program
    .command('discover')
    .description('Lists what a source offers, with units, ranges and present values.')
    .argument('[glob]', 'which names: * within a level, ** across levels', '**')
    .requiredOption('--plant <file>', 'the plant file')
    .requiredOption('--source <id>', 'the adapter, by its name in the plant file')
    .option('--yaml', 'as lines for the plant file instead of a table')
    .option('--data <folder>', 'data directory (MILLWRIGHT_DATA, ./.millwright)')
    .action(async (glob: string, options: DiscoverOptions) => (await import('./discover.ts')).discover(glob, options));

  program
    .command('diagnose')
    .description(
      'Names the damaged part of a rolling bearing from its vibration, with the evidence. One JSON object a window.',
    )
    .argument('[file]', 'WAV or CSV file of one measuring point')
    .option('--dir <folder>', 'instead of a file: a folder with labels.json and signals.i16')
    .option('--rpm <number>', 'speed of the shaft')
    .option('--bearing <name>', 'designation in the catalogue, e.g. 6205-2RS')
    .option('--geometry <n,d,D[,angle]>', 'rolling elements, their diameter, pitch diameter, contact angle in degrees')
    .option('--ratios <bpfo,bpfi,bsf,ftf>', 'fault frequencies over shaft frequency')
    .option('--unit <unit>', 'unit of the samples: m/s2, g, mm/s or [in_i]/s')
    .option('--rate <hz>', 'samples a second of a CSV file (without: from its column time, t or seconds)')
    .option('--full-scale <value>', 'what the largest number of a WAV file stands for, in --unit')
    .option('--column <name>', 'column of a CSV file (without: the last)')
    .option('--window <seconds>', 'length of a window (without: 1)')
    .option('--machine', 'rank what is wrong with shaft, gear, pump, motor and bearing from the whole file instead')
    .option('--teeth <number>', 'teeth of the gear on the shaft, with --machine')
    .option('--vanes <number>', 'vanes of the impeller on the shaft, with --machine')
    .option('--mains <hz>', 'frequency of the mains of the motor, with --machine')
    .action(async (file: string | undefined, options: DiagnoseFlags) =>
      (await import('./diagnose.ts')).diagnose(file, options),
    );

  program
    .command('migrate')
    .description('Brings the schema of DATABASE_URL up to date, then ends.')
    .option('--database-url <url>', 'the database (DATABASE_URL)')
    .action(async (options: Flags) => (await import('./migrate.ts')).runMigrate(options));

  program
    .command('import')
    .description(
      'Sends the history in a CSV file to a running service. Run again after it was broken off, it stores nothing twice.',
    )
    .argument(
      '<file>',
      'CSV, or CSV packed with gzip (.gz): time and a column for each tag, or time, tag, value[, quality]',
    )
    .option('--plant <file>', 'the plant file whose tags there are (without: those of the service)')
    .option('--url <url>', 'where the service listens', 'http://127.0.0.1:8080')
    .option('--key <key>', 'an API key with the scope ingest, and read without --plant (MILLWRIGHT_KEY)')
    .option('--dry-run', 'only says what would be sent')
    .option(
      '--map <column=tag>',
      'what a column, or a tag of the file, is called in the plant; may be repeated',
      collect,
      [],
    )
    .option('--asset <id>', 'the asset of columns and tags whose name has no dot')
    .option('--time-column <name>', 'the column of the time (without: time, timestamp, at, ts …)')
    .addOption(
      new Option('--time-unit <unit>', 'what a bare number in it counts')
        .choices(['s', 'ms', 'us', 'ns'])
        .default('ms'),
    )
    .addOption(timezoneOption())
    .addOption(
      new Option('--separator <sign>', 'between the cells (without: the commonest in the first line)').choices([
        ',',
        ';',
        '\t',
      ]),
    )
    .addOption(decimalOption())
    .option('--adopt', 'sends tags that nobody knows, too: for a service whose http adapter adopts them')
    .action(async (file: string, options: ImportFlags) => (await import('./import.ts')).importFile(file, options));

  program
    .command('learn-anew')
    .description(
      'The machine is another one now: has its rules on a running service forget what they learnt, and learn what is normal anew.',
    )
    .option('--rule <id>', 'this rule')
    .option('--tag <name>', 'of this rule on this tag only')
    .option('--asset <id>', 'all rules on this asset and its parts')
    .option('--note <text>', 'why, for the journal')
    .option('--url <url>', 'where the service listens', 'http://127.0.0.1:8080')
    .option('--key <key>', 'an API key with the scope operate (MILLWRIGHT_KEY)')
    .action(async (options: LearnAnewFlags) => (await import('./learn-anew.ts')).learnAnew(options));

  program
    .command('detect')
    .description(
      'Lets `auto` watch the columns of a CSV file, row by row as the service would, and prints what it says of each as a line of JSON.',
    )
    .requiredOption(
      '--input <file>',
      'CSV, or CSV packed with gzip (.gz), or - : time first, then a column for each channel',
    )
    .requiredOption(
      '--train <rows>',
      'how many leading rows may be taken for normal; at least 360 are',
      wholeNumber(1_000_000, 1),
    )
    .addOption(timeUnitOption().default('ms'))
    .addOption(timezoneOption('(without: UTC)'))
    .addOption(decimalOption())
    .option('--plant <file>', 'the plant file: columns named <asset>.<tag> get their units from it')
    .action(async (options: DetectFlags) => (await import('./detect.ts')).detect(options));

  program
    .command('forecast')
    .description(
      'Learns from the recorded lives of machines what others have left, and prints it row by row: p10, p50 and p90 in rows, ' +
        'and as rul in hours (unit h); null while it is not known.',
    )
    .requiredOption('--input <file>', 'CSV, or CSV packed with gzip (.gz): the machines one after the other')
    .requiredOption(
      '--learn <machines>',
      'how many machines, from the first on, are recorded until they failed',
      wholeNumber(100_000),
    )
    .option('--unit <column>', 'the column that tells the machines apart, a number', 'unit')
    .option('--time <column>', 'the column of the time (without: the first but that of --unit)')
    .addOption(timeUnitOption('(without: no rul)'))
    .addOption(timezoneOption('(without: UTC)'))
    .addOption(decimalOption())
    .action(async (options: ForecastFlags) => (await import('./forecast.ts')).forecast(options));

  program
    .command('simulate')
    .description(
      'Runs the simulated plant alone: Modbus, OPC UA and MQTT devices on loopback, with faults drawn from a seed. ' +
        'With a protocol: one device, broker, server or pushing client that misbehaves as told.',
    )
    .addArgument(
      new Argument('[protocol]', 'what to simulate instead of the plant').choices([
        'modbus',
        'opcua',
        'mqtt',
        'sparkplug',
        'http',
      ] satisfies PeerName[]),
    )
    .addOption(seedOption())
    .option('--directory <folder>', 'where to write plant.yaml and the files it names', '.millwright-plant')
    .option(
      '--fault <kind:rate...>',
      'what goes wrong and at which share of the occasions, e.g. delay:0.05; a kind that does not exist lists those that do',
      (text: string, all: readonly string[]) => [...all, text],
      [],
    )
    .addOption(
      new Option('--port <port>', 'port to listen on (http: port of the service to push to); 0 takes a free one')
        .default(0)
        .argParser(wholeNumber(65_535)),
    )
    .option('--key <key>', 'API key with scope ingest, for http')
    .option('--json', 'say what is served and each fault as JSON, one object a line', false)
    .action(async (protocol: PeerName | undefined, options: SimulatePeerOptions & { directory: string }) => {
      if (protocol === undefined) await (await import('./simulate.ts')).simulate(options);
      else await (await import('./simulate-peer.ts')).simulatePeer(protocol, options);
    });

  withServiceOptions(program.command('demo'))
    .description('Runs the simulated plant and the service that watches it. This is what `npm start` does.')
    .addOption(seedOption())
    .action(async (options: Flags & { seed: number }) => (await import('./demo.ts')).demo(options));

  return program;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function seedOption(): Option {
  return new Option('--seed <number>', 'what the faults are drawn from')
    .default(1)
    .argParser(wholeNumber(4_294_967_295));
}

/** The unit of times that are plain numbers. */
function timeUnitOption(without = ''): Option {
  const says = `what times that are plain numbers count, from 1970 UTC ${without}`.trim();
  return new Option('--time-unit <unit>', says).choices(['s', 'ms', 'us', 'ns']);
}

/** The zone of times that carry none. */
function timezoneOption(without = ''): Option {
  return new Option('--timezone <zone>', `IANA zone of times that carry none, e.g. Europe/Berlin ${without}`.trim());
}

/** The sign before the decimals of a CSV file's numbers. */
function decimalOption(): Option {
  return new Option(
    '--decimal <sign>',
    'before the decimals; the other sign groups thousands (without: a point, with ; and tab a comma, too)',
  ).choices(['comma', 'point']);
}

function wholeNumber(most: number, least = 0): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < least || number > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return number;
  };
}

function withHistoryOptions(command: Command, from: string): Command {
  return command
    .option('--from <time>', 'where history begins: RFC 3339, or so long ago', from)
    .option('--to <time>', 'where it ends (without: now)')
    .option('--labels <file>', 'what was really wrong: CSV or YAML with asset or tag, from, to, name')
    .option('--look-back <length>', 'how long before a job was made its fault could be seen', '7d')
    .option('--warm-up <length>', 'how much history before it the rules see first', '1h')
    .option('--data <folder>', 'data directory (MILLWRIGHT_DATA, ./.millwright)')
    .option('--database-url <url>', 'PostgreSQL or TimescaleDB (DATABASE_URL; without: the embedded PostgreSQL)')
    .option('--json', 'nothing but JSON on standard output');
}

function withServiceOptions(command: Command): Command {
  return command
    .option('--port <port>', 'port of API and console (MILLWRIGHT_PORT, 8080)')
    .option('--host <address>', 'address to listen on (MILLWRIGHT_HOST, 127.0.0.1)')
    .option('--data <folder>', 'data directory (MILLWRIGHT_DATA, ./.millwright)')
    .option('--database-url <url>', 'PostgreSQL or TimescaleDB (DATABASE_URL; without: an embedded PostgreSQL)')
    .option(
      '--admin-key <key>',
      'the first admin API key (MILLWRIGHT_ADMIN_KEY; without: one is made and printed once)',
    )
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent (LOG_LEVEL, info)');
}

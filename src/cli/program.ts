import { createRequire } from 'node:module';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Flags } from '../config/settings.ts';

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
    .command('migrate')
    .description('Brings the schema of DATABASE_URL up to date, then ends.')
    .option('--database-url <url>', 'the database (DATABASE_URL)')
    .action(async (options: Flags) => (await import('./migrate.ts')).runMigrate(options));

  program
    .command('simulate')
    .description(
      'Runs the simulated plant alone: Modbus, OPC UA and MQTT devices on loopback, with faults drawn from a seed.',
    )
    .addOption(seedOption())
    .option('--directory <folder>', 'where to write plant.yaml and the files it names', '.millwright-plant')
    .action(async (options: { seed: number; directory: string }) => (await import('./simulate.ts')).simulate(options));

  withServiceOptions(program.command('demo'))
    .description('Runs the simulated plant and the service that watches it. This is what `npm start` does.')
    .addOption(seedOption())
    .action(async (options: Flags & { seed: number }) => (await import('./demo.ts')).demo(options));

  return program;
}

function seedOption(): Option {
  return new Option('--seed <number>', 'what the faults are drawn from').default(1).argParser((text) => {
    const seed = Number(text);
    if (!/^\d+$/.test(text) || seed > 4_294_967_295)
      throw new InvalidArgumentError('It must be a whole number from 0 to 4294967295.');
    return seed;
  });
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

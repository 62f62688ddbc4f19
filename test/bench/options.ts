import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What a run was asked for. */
export interface BenchOptions {
  readonly tools: string;
  readonly databaseUrl: string | null;
  /** Names of figures; empty = all. */
  readonly only: readonly string[];
  /** Length of every stretch of load, s; `null` = what is usual for each figure. */
  readonly seconds: number | null;
  readonly rounds: number;
  readonly size: 'short' | 'full';
  readonly output: 'table' | 'json';
}

export const USAGE = `npm run bench -- --tools DIR [options]
  --tools DIR      folder with the load generators (mqtt-load.mjs, http-load.mjs, lib/); copied, not changed
  --database URL   a PostgreSQL or TimescaleDB whose user may create databases; without it the embedded one
  --only a,b       only these figures
  --seconds N      length of every stretch of load; without it 2 to 30 s, as suits each figure
  --rounds N       counted rounds, of which the median is told (3)
  --full           a year of raw readings at 1 Hz for the query over a year: takes 10 minutes more
  --json           nothing but JSON on standard output`;

/** Reads the command line; a sentence that says what is wrong with it, where something is. */
export function readOptions(args: readonly string[], figures: readonly string[]): BenchOptions | string {
  let values: ReturnType<typeof parse>['values'];
  try {
    ({ values } = parse(args));
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${USAGE}`;
  }
  if (values.tools === undefined) {
    return 'The bench needs the folder with the load generators: npm run bench -- --tools DIR';
  }
  const tools = resolve(values.tools);
  if (!existsSync(join(tools, 'mqtt-load.mjs'))) {
    return `There are no load generators in ${tools} (mqtt-load.mjs is missing): give their folder with --tools DIR.`;
  }
  const only = (values.only ?? '').split(',').filter((name) => name !== '');
  const unknown = only.filter((name) => !figures.includes(name));
  if (unknown.length > 0) return `There is no figure ${unknown.join(', ')}: there are ${figures.join(', ')}.`;
  const seconds = values.seconds === undefined ? null : Number(values.seconds);
  if (seconds !== null && !(seconds > 0)) return `--seconds is a number above 0, not ${values.seconds}.`;
  const rounds = Number(values.rounds ?? 3);
  if (!Number.isInteger(rounds) || rounds < 1) return `--rounds is a whole number from 1 on, not ${values.rounds}.`;
  return {
    tools,
    databaseUrl: values.database ?? null,
    only,
    seconds,
    rounds,
    size: values.full ? 'full' : 'short',
    output: values.json ? 'json' : 'table',
  };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      tools: { type: 'string' },
      database: { type: 'string' },
      only: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      full: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
}

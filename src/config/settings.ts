import { isIP } from 'node:net';
import { ConfigError } from '../model/errors.ts';

/** How much is logged, from everything to nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** One of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How the process runs, as opposed to what the plant is: from flags and variables. */
export interface Settings {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** Folder of everything the service keeps on disk. */
  readonly dataDirectory: string;
  /** `null`: the embedded database. */
  readonly databaseUrl: string | null;
  /** Fixes the first admin API key; `null`: one is made. */
  readonly adminKey: string | null;
  readonly logLevel: LogLevel;
  /** The plant has a new name: what is stored under the old one is its own. */
  readonly renamePlant?: true;
}

/** Flags as they were given on the command line, by name; they win over variables. */
export interface Flags {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly data?: string | undefined;
  readonly databaseUrl?: string | undefined;
  readonly adminKey?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly renamePlant?: true | undefined;
}

/**
 * Reads the settings of the process. An empty value counts as not given. Throws `ConfigError('option_invalid')` that
 * names the flag or variable; the values of `DATABASE_URL` and of the key are never repeated.
 */
export function readSettings(input: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: Flags;
}): Settings {
  const choose = (flag: Exclude<keyof Flags, 'renamePlant'>, option: string, variable: string): Given | null => {
    const [flagged, fromEnvironment] = [input.flags[flag], input.env[variable]];
    if (flagged !== undefined && flagged !== '') return { name: option, value: flagged };
    return fromEnvironment !== undefined && fromEnvironment !== '' ? { name: variable, value: fromEnvironment } : null;
  };
  return {
    port: readPort(choose('port', '--port', 'MILLWRIGHT_PORT')),
    host: readHost(choose('host', '--host', 'MILLWRIGHT_HOST')),
    dataDirectory: choose('data', '--data', 'MILLWRIGHT_DATA')?.value ?? './.millwright',
    databaseUrl: readDatabaseUrl(choose('databaseUrl', '--database-url', 'DATABASE_URL')),
    adminKey: readAdminKey(choose('adminKey', '--admin-key', 'MILLWRIGHT_ADMIN_KEY')),
    logLevel: readLogLevel(choose('logLevel', '--log-level', 'LOG_LEVEL')),
    ...(input.flags.renamePlant && { renamePlant: true }),
  };
}

/** A value and what it was given as. */
interface Given {
  readonly name: string;
  readonly value: string;
}

function readPort(given: Given | null): number {
  if (given === null) return 8080;
  const port = /^\d{1,5}$/.test(given.value) ? Number(given.value) : Number.NaN;
  if (!(port <= 65_535)) throw invalid(given, `must be a port from 0 to 65535, not "${given.value}"`);
  return port;
}

function readHost(given: Given | null): string {
  if (given === null) return '127.0.0.1';
  const isName = /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
  // A name of digits and dots only is a mistyped address: 300.1.1.1.
  const isHost = isIP(given.value) !== 0 || (isName.test(given.value) && !/^[\d.]+$/.test(given.value));
  if (!isHost) throw invalid(given, `must be an address or a host name such as 127.0.0.1, not "${given.value}"`);
  return given.value;
}

function readDatabaseUrl(given: Given | null): string | null {
  if (given === null) return null;
  const url = URL.canParse(given.value) ? new URL(given.value) : null;
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw invalid(given, 'must be a URL such as postgres://user@host:5432/database');
  }
  return given.value;
}

function readAdminKey(given: Given | null): string | null {
  if (given === null) return null;
  if (!/^[\x21-\x7e]{1,200}$/.test(given.value)) {
    throw invalid(given, 'must be 1 to 200 printable ASCII characters without spaces');
  }
  return given.value;
}

function readLogLevel(given: Given | null): LogLevel {
  if (given === null) return 'info';
  const level = LOG_LEVELS.find((known) => known === given.value.toLowerCase());
  if (level === undefined) throw invalid(given, `must be one of ${LOG_LEVELS.join(', ')}, not "${given.value}"`);
  return level;
}

function invalid({ name }: Given, what: string): ConfigError {
  return new ConfigError('option_invalid', `${name} ${what}`);
}

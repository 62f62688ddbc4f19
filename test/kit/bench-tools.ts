import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Peer, startPeer } from './peer.ts';

/** What of the tools' own signal scheme the expected values are made with. */
export interface SignalScheme {
  readonly Signals: new (points: number, seed?: number) => { next(point: number): number };
  readonly pointName: (
    point: number,
    perAsset?: number,
  ) => { readonly area: string; readonly asset: string; readonly point: string };
}

/** Device simulators and load generators that know nothing of this program, ready to be started. */
export interface BenchTools extends Disposable {
  readonly scheme: SignalScheme;
  /** Starts `<name>.mjs`; what it writes beside itself goes to a temporary folder. An option that is `true` is a flag. */
  start(name: string, options: Readonly<Record<string, string | number | true>>): Peer;
}

const SIBLING = resolve(import.meta.dirname, '..', '..', '..', 'shared', 'bench');

/** The folder with the tools: `BENCH_TOOLS`, or the one beside the repository, or `null`. */
export function findBenchTools(): string | null {
  const given = process.env['BENCH_TOOLS'];
  if (given !== undefined && given !== '') return given;
  return existsSync(SIBLING) ? SIBLING : null;
}

/** Copies the tools and installs what they depend on; the folder they come from is not touched. */
export async function installBenchTools(folder: string): Promise<BenchTools> {
  const copy = mkdtempSync(join(tmpdir(), 'bench-tools-'));
  const dispose = () => rmSync(copy, { recursive: true, force: true });
  try {
    for (const part of ['package.json', 'lib', 'modbus-sim.mjs', 'opcua-sim.mjs', 'mqtt-load.mjs', 'http-load.mjs']) {
      cpSync(join(folder, part), join(copy, part), { recursive: true });
    }
    const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    await startPeer('npm', ['install', ...flags], { cwd: copy }).untilDone(150_000);
    const scheme = (await import(pathToFileURL(join(copy, 'lib', 'points.mjs')).href)) as SignalScheme; // plain JavaScript
    return {
      scheme,
      start: (name, options) => {
        const flags = Object.entries(options).flatMap(([option, value]) =>
          value === true ? [`--${option}`] : [`--${option}`, String(value)],
        );
        const env = { HOME: copy, XDG_CONFIG_HOME: copy, XDG_DATA_HOME: copy, XDG_CACHE_HOME: copy };
        return startPeer(process.execPath, [join(copy, `${name}.mjs`), ...flags], { cwd: copy, env });
      },
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

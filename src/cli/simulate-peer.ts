import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseFaults } from '../../adapters/simulator/faulty/fault-plan.ts';
import { PEERS, type PeerName } from '../../adapters/simulator/faulty/peers.ts';
import { systemClock } from '../model/clock.ts';
import { formatTime } from '../model/time.ts';
import { untilStopped } from './until-stopped.ts';

/** What `millwright simulate <protocol>` is told. */
export interface SimulatePeerOptions {
  readonly fault: readonly string[];
  readonly seed: number;
  readonly port: number;
  readonly json: boolean;
  readonly key?: string;
}

/**
 * `millwright simulate <protocol>`: one device, broker, server or client with faults, until it is told to stop. Says what it
 * serves and each fault it injects, with `json` as one JSON object a line. Throws `option_invalid` for a fault it does not know.
 */
export async function simulatePeer(protocol: PeerName, options: SimulatePeerOptions): Promise<void> {
  const kind = PEERS[protocol];
  const faults = parseFaults(options.fault, Object.keys(kind.faults));
  const { requested } = untilStopped();
  const directory = await mkdtemp(join(tmpdir(), 'millwright-simulate-'));
  const say = (line: Readonly<Record<string, unknown>>, words: string) =>
    console.log(options.json ? JSON.stringify({ at: formatTime(systemClock.now()), ...line }) : words);
  try {
    const peer = await kind.start({
      seed: options.seed,
      faults,
      port: options.port,
      clock: systemClock,
      directory,
      ...(options.key === undefined ? {} : { key: options.key }),
      report: ({ fault, n, on }) => say({ event: 'fault', fault, n, on }, `${fault} (occasion ${n}): ${on}`),
    });
    const { port, serves } = peer;
    say({ event: 'serves', protocol, port, seed: options.seed, faults, serves }, `port ${port}: ${serves}`);
    await requested;
    await peer.stop();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

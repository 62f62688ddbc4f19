import { join } from 'node:path';
import type { PeerName } from '../../adapters/simulator/faulty/peers.ts';
import { startPeer } from './peer.ts';
import { waitFor } from './wait.ts';

/** A peer in a process of its own, so that what it holds open is not counted as ours. */
export interface SimulatedPeer extends AsyncDisposable {
  readonly port: number;
}

/** Starts `millwright simulate <protocol>` without faults unless `faults` names some. */
export async function startSimulatedPeer(protocol: PeerName, faults: readonly string[] = []): Promise<SimulatedPeer> {
  const program = startPeer(process.execPath, [
    join(import.meta.dirname, '../../bin/millwright.js'),
    ...['simulate', protocol, '--json', ...faults.flatMap((fault) => ['--fault', fault])],
  ]);
  try {
    const line = await waitFor(
      `the simulated ${protocol} peer`,
      () => /^.*"event":"serves".*$/m.exec(program.output())?.[0],
    );
    const { port } = JSON.parse(line) as { port: number }; // our own program wrote it
    return { port, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

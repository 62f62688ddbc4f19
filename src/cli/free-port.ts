import { once } from 'node:events';
import { createServer } from 'node:net';
import { takenPort } from '../api/listen.ts';

/** Throws `port_in_use` at once instead of after the database was started for nothing. */
export async function refuseTakenPort(host: string, port: number): Promise<void> {
  const probe = createServer();
  try {
    probe.listen({ host, port });
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return; // whatever else it is, the server will say it
    throw takenPort({ host, port }, error);
  } finally {
    probe.close();
  }
}

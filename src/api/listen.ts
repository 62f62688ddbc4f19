import { ConfigError } from '../model/errors.ts';
import type { Routes } from './services.ts';

/** Listens, and says where. Throws `port_in_use` or `option_invalid` with what to do. */
export async function listen(server: Routes, { host, port }: { host: string; port: number }): Promise<string> {
  try {
    const url = await server.listen({ host, port });
    return host === '0.0.0.0' || host === '::' ? `http://127.0.0.1:${new URL(url).port}` : url;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') throw takenPort({ host, port }, error);
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      const message = `cannot listen on ${host}:${port} (${code}): choose others with MILLWRIGHT_HOST and MILLWRIGHT_PORT`;
      throw new ConfigError('option_invalid', message, { cause: error });
    }
    throw error;
  }
}

/** What is said when somebody else has the port. */
export function takenPort({ host, port }: { host: string; port: number }, cause: unknown): ConfigError {
  const message = `port ${port} on ${host} is taken: stop what uses it, or choose another one with MILLWRIGHT_PORT`;
  return new ConfigError('port_in_use', message, { cause });
}

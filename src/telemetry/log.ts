import { type Logger, pino } from 'pino';
import { isOurs } from '../model/errors.ts';

export type { Logger } from 'pino';

/** The program's log: one JSON line each on standard error, secrets left out by name. */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: tellError },
      redact: {
        paths: [
          'password',
          'secret',
          'token',
          'key',
          'authorization',
          '*.password',
          '*.secret',
          '*.token',
          '*.authorization',
        ],
        censor: '…',
      },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}

/** A failure of the world outside is told in words; a stack belongs only to what we did not foresee. */
function tellError(error: unknown): unknown {
  if (!isOurs(error)) return error instanceof Error ? pino.stdSerializers.err(error) : error;
  const cause = error.cause instanceof Error ? { cause: error.cause.message } : {};
  return { code: error.code, message: error.message, ...cause };
}

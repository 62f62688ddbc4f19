import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** The program's log: one JSON line each on standard error, secrets left out by name. */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
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

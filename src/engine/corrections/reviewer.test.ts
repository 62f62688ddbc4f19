import { expect, it } from 'vitest';
import type { CorrectionEvent, LogRecord } from '../../model/log-record.ts';
import type { Database } from '../../store/database.ts';
import { createLogger } from '../../telemetry/log.ts';
import { Reviewer } from './reviewer.ts';

const PATIENCE = 50;

/** What a review journals whose database fails with `code` at each of `PATIENCE` tries. */
async function journalOf(code: string): Promise<readonly CorrectionEvent[]> {
  const refuse = () => Promise.reject(Object.assign(new Error('the database fails'), { code }));
  const database: Database = { query: refuse, copyIn: refuse, transaction: refuse, close: refuse };
  const end = new AbortController();
  const journal: CorrectionEvent[] = [];
  let slept = 0;
  const reviewer = new Reviewer({
    log: {
      id: 'log',
      append: async (record: LogRecord) => {
        if (record.kind === 'event' && record.event.kind === 'correction') journal.push(record.event);
        return 0;
      },
    },
    database,
    databaseUrl: '',
    clock: {
      now: () => 1_790_000_000_000,
      sleep: async () => {
        if (++slept === PATIENCE) end.abort();
      },
    },
    logger: createLogger('silent'),
    signal: end.signal,
    run: async () => null,
  });
  const tags = [{ tag: 'pump.flow', from: 1, to: 2, times: [1, 2] }];
  reviewer.take({ id: 7, position: 7, tags }, { rules: [], tags: [], sources: [] });
  await reviewer.idle();
  return journal;
}

it.each(['ECONNREFUSED', 'ETIMEDOUT', '57P03'])('a review waits for a database that is away (%s)', async (code) => {
  expect(await journalOf(code)).toEqual([]);
});

it.each(['42501', '57014'])('a review that can never be done is closed (%s)', async (code) => {
  expect(await journalOf(code)).toMatchObject([{ review: 7, transitions: [] }]);
});

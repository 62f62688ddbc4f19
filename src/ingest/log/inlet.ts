import type { Clock } from '../../model/clock.ts';
import type { Log } from './log.ts';

/** The log as a source sees it: names its tags and takes its records. */
export type LogInlet = Pick<Log, 'tagId' | 'tagName'> & {
  append(...record: Parameters<Log['append']>): Promise<number>;
};

/** Longest that a push waits for room in a full log: less than most clients' own deadline. */
const PUSH_WAIT_MS = 5_000;

/** The inlet of sources that push: whoever waits for an answer gets one, if only that there is no room. */
export function pushInlet(log: Log, clock: Clock): LogInlet {
  return {
    tagId: (name) => log.tagId(name),
    tagName: (id) => log.tagName(id),
    append: (record) => log.append(record, (over) => clock.sleep(PUSH_WAIT_MS, over)),
  };
}

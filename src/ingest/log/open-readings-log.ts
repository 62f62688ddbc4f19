import type { LogLimits } from '../../model/plant.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { LogFiles } from './files.ts';
import { Log } from './log.ts';

/** Opens the service's readings log, which says in the service log when it was repaired and when it takes nothing. */
export async function openReadingsLog(
  files: LogFiles,
  { limits, logger }: { readonly limits: LogLimits; readonly logger: Logger },
): Promise<Log> {
  const log = await Log.open(files, {
    ...limits,
    onTrouble: (trouble) => {
      if (trouble !== null) logger.error({ reason: trouble }, 'the readings log takes nothing: sources are refused');
      else logger.info('the readings log takes readings again');
    },
  });
  if (log.recovery.tornBytes > 0) {
    logger.info({ bytes: log.recovery.tornBytes }, 'cut an unfinished or damaged end off the readings log');
  }
  return log;
}

import { createHash, randomUUID } from 'node:crypto';
import type { ApiServices } from '../api/services.ts';
import { everythingOf, knowsWhatItTold } from '../engine/forgettable.ts';
import type { EngineHost } from '../engine/host.ts';
import type { Log } from '../ingest/log/log.ts';
import type { Clock } from '../model/clock.ts';
import { ApiError } from '../model/errors.ts';
import type { ForgetCommand } from '../model/log-record.ts';
import type { Plant } from '../model/plant.ts';
import type { Database } from '../store/database.ts';
import { listFaultsOf } from '../store/work-order-faults.ts';
import type { Logger } from '../telemetry/log.ts';

/** What commands are carried out with. */
export interface CommandOptions {
  readonly engine: Pick<EngineHost, 'command'>;
  readonly log: Pick<Log, 'append'>;
  readonly database: Database;
  readonly present: () => Plant;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes what people can tell the engine. All of it goes through the readings log, so that a replay does it again. */
export function createCommands(options: CommandOptions): Pick<ApiServices, 'command' | 'learnAnew' | 'jobDone'> {
  const { engine, log, database, present, clock, logger } = options;
  const forget = async (said: Omit<ForgetCommand, 'kind'>): Promise<ForgetCommand> => {
    const command: ForgetCommand = { kind: 'forget', ...said };
    await log.append({ kind: 'event', event: command });
    const { by, note, job, of } = command;
    logger.info({ by, note, job, rules: [...new Set(of.map(({ rule }) => rule))] }, 'rules forget what they learnt');
    return command;
  };
  return {
    command: (command) => engine.command(command),
    learnAnew: async (of, said) => {
      const plant = present();
      mustExist(plant, of);
      const targets = everythingOf(plant, of);
      if (targets.length > 0) return await forget({ commandId: randomUUID(), at: clock.now(), ...said, of: targets });
      const who = 'rule' in of ? `the rule ${of.rule} keeps nothing of what` : `no rule on ${of.asset} keeps what`;
      throw new ApiError(409, 'conflict', `${who} it learns: there is nothing to learn anew`);
    },
    jobDone: async ({ id, number, asset, found, closedAt }, { by, isAnotherMachine }) => {
      const { rules, ...plant } = present();
      const told = found === 'fault' ? await listFaultsOf(database, id) : [];
      const knowing = new Set(rules.filter(knowsWhatItTold).map((rule) => rule.id));
      const faults = told.filter(({ rule }) => knowing.has(rule));
      const anew = isAnotherMachine && asset !== null ? everythingOf({ ...plant, rules }, { asset }) : [];
      // Of when it was closed and by the same id, however often it is sent: what was learnt since stays.
      const done = { at: closedAt ?? clock.now(), by, job: number };
      if (faults.length > 0) await forget({ commandId: commandIdOf(id, 'fault'), ...done, of: faults });
      if (anew.length > 0) await forget({ commandId: commandIdOf(id, 'anew'), ...done, of: anew });
    },
  };
}

/** The same whenever the same is said of a job. */
function commandIdOf(job: string, said: 'fault' | 'anew'): string {
  const hash = createHash('sha256').update(`${job}|${said}`).digest('hex');
  // Laid out as an RFC 9562 version 8 UUID: made by us, from a hash.
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

function mustExist({ rules, assets }: Plant, of: Parameters<ApiServices['learnAnew']>[0]): void {
  if ('asset' in of) {
    if (assets.some(({ id }) => id === of.asset)) return;
    throw new ApiError(404, 'not_found', `there is no asset ${JSON.stringify(of.asset)} in the plant file`);
  }
  const rule = rules.find(({ id }) => id === of.rule);
  if (rule === undefined) throw new ApiError(404, 'not_found', `there is no rule ${JSON.stringify(of.rule)}`);
  if (of.tag !== null && !rule.on.includes(of.tag))
    throw new ApiError(404, 'not_found', `the rule ${of.rule} is not on a tag ${JSON.stringify(of.tag)}`);
}

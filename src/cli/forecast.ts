import { FEWEST_LIVES, type Fleet, type Life, learnFleet, readingsLeft } from '../../rules/forecast/fleet.ts';
import { condition, type History, startHistory } from '../../rules/forecast/history.ts';
import { sayCount } from '../model/count-words.ts';
import { ConfigError } from '../model/errors.ts';
import { readTable } from './detect/numeric-rows.ts';
import { sayLeft } from './forecast/say-left.ts';
import type { DecimalSign } from './import/cell-number.ts';
import { isPlainNumber, type TimeUnit } from './import/cell-time.ts';
import { LineOutput } from './line-output.ts';

/** Flags of `millwright forecast`. */
export interface ForecastFlags {
  readonly input: string;
  readonly unit: string;
  readonly time?: string;
  /** Without it times that are plain numbers are taken for counts of anything. */
  readonly timeUnit?: TimeUnit;
  /** IANA zone of times that carry none. */
  readonly timezone?: string;
  readonly decimal?: DecimalSign;
  readonly learn: number;
}

/** The machine whose rows are being read. */
interface Machine {
  readonly unit: number;
  readonly history: History;
  readonly life: Float64Array[];
  readonly firstAt: number;
}

const HOUR_MS = 3_600_000;

/**
 * `millwright forecast`: learns from the lives of the first machines of a CSV file, each recorded until it failed, what the
 * others have left, and prints for each of their rows a line of JSON: `unit`, `cycle` (its row, from 1), `t`, and `p10`,
 * `p50`, `p90` in rows with `rul` the same in hours; all `null` while nothing is to be seen yet. There is no `rul` where times
 * are plain numbers and `timeUnit` does not say of what. A row is judged by the rows before it alone.
 */
export async function forecast({
  input,
  unit,
  time,
  timeUnit,
  timezone,
  decimal,
  learn,
}: ForecastFlags): Promise<void> {
  const lives: Float64Array[][] = [];
  let fleet: Fleet | null = null;
  let unitAt = -1;
  let machine: Machine | undefined;
  const output = new LineOutput();
  for await (const row of readTable(input, {
    ...(time !== undefined && { timeColumn: time }),
    idColumn: unit,
    ...(timeUnit !== undefined && { timeUnit }),
    ...(timezone !== undefined && { timezone }),
    ...(decimal !== undefined && { decimal }),
    order: 'any',
  })) {
    if (row.kind === 'header') {
      unitAt = row.channels.indexOf(unit);
      if (unitAt < 0)
        throw new ConfigError('option_invalid', `column ${unit} of ${input} cannot be the time and the machine`);
      continue;
    }
    const id = row.values[unitAt]!;
    if (Number.isNaN(id))
      throw new ConfigError(
        'option_invalid',
        `${input}:${row.line}: column ${unit} tells the machines apart by numbers, and this is none`,
      );
    const inputs = row.values.filter((_, i) => i !== unitAt);
    if (machine === undefined || machine.unit !== id) {
      machine = { unit: id, history: startHistory(inputs.length), life: [], firstAt: row.at };
      if (lives.length < learn) lives.push(machine.life);
      else fleet ??= learnOf(lives, input);
    }
    const present = condition(machine.history, inputs);
    if (fleet === null) {
      machine.life.push(present);
      continue;
    }
    const cycle = machine.history.readings;
    const isCount = timeUnit === undefined && isPlainNumber(row.written);
    const agedHours = isCount ? null : (row.at - machine.firstAt) / HOUR_MS;
    await output.add(sayLeft({ unit: id, cycle, t: row.written, left: readingsLeft(fleet, present), agedHours }));
  }
  await output.flush();
  if (fleet === null)
    throw new ConfigError(
      'option_invalid',
      `${input} has ${sayCount(lives.length, 'machine')}: none is left to forecast after --learn ${learn}`,
    );
}

function learnOf(lives: readonly Life[], file: string): Fleet {
  if (lives.length < FEWEST_LIVES)
    throw new ConfigError(
      'option_invalid',
      `--learn ${lives.length} of ${file} are too few lives: ${FEWEST_LIVES} are needed`,
    );
  return learnFleet(lives);
}

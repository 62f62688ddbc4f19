import {
  type AskContext,
  type Binding,
  type ProbedTag,
  type ProbeOptions,
  type ProbeReport,
  type Reading,
  StatusCode,
} from '../adapter.ts';
import type { Bus } from './bus.ts';
import { isText } from './decode.ts';
import { fittingRange, type Guess, guess } from './guess.ts';
import { sayPlan } from './plan-report.ts';
import { isBit, textIn, widthOf } from './registers.ts';
import { Scanner } from './scanner.ts';
import type { Address, Config } from './settings.ts';

/** Guesses that are shown of one tag; a tie is never cut. */
const SHOWN_GUESSES = 5;
/** The widest number. */
const MOST_REGISTERS = 4;
/** A second scan shows what the first one has learnt: the plan that will be used from then on. */
const SCANS = 2;

/** What a probe works with. */
export interface Asking {
  readonly config: Config;
  readonly bindings: readonly Binding<Address>[];
  readonly options: ProbeOptions;
  readonly ctx: AskContext;
  readonly bus: Bus;
}

/** Reads each address once and says what reading them all the time would cost. Throws when nobody answers. */
export async function probe(asking: Asking): Promise<ProbeReport> {
  const { config, bindings, ctx, bus } = asking;
  const codes = new Map<string, string>();
  const scanner = new Scanner(
    config,
    bindings,
    {
      clock: ctx.clock,
      signal: ctx.signal,
      connected: () => undefined,
      observe: ({ unit = '', code }) => code !== undefined && codes.set(unit, code),
    },
    bus,
  );
  let readings: Reading[] = [];
  let scanMs = 0;
  for (let scan = 0; scan < SCANS; scan++) {
    readings = [];
    const startedAt = ctx.clock.now();
    await scanner.scan(readings);
    scanMs = ctx.clock.now() - startedAt;
  }
  const byTag = new Map(readings.map((reading) => [reading.tag, reading]));
  const notes: string[] = [...sayPlan(config, scanner.plan, scanMs)];
  const tags: ProbedTag[] = [];
  for (const binding of bindings) {
    const reading = byTag.get(binding.tag) ?? null;
    if (isText(binding.address)) {
      const text = await readText(asking, binding);
      notes.push(text === null ? `${binding.tag} cannot be read` : `${binding.tag} reads "${text}"`);
      tags.push({ tag: binding.tag, reading, problem: text === null ? problemOf(binding, reading, codes) : null });
    } else {
      tags.push({ tag: binding.tag, reading, problem: problemOf(binding, reading, codes) });
    }
  }
  return { tags, notes: [...notes, ...(await guesses(asking))] };
}

/** Why there is no trustworthy value, and what to do. */
function problemOf(
  { address, hint }: Binding<Address>,
  reading: Reading | null,
  codes: ReadonlyMap<string, string>,
): string | null {
  const unit = `unit ${address.unitId}`;
  if (reading === null) return `${unit} is so slow that it was not asked: try again`;
  if (reading.value === null) {
    switch (reading.code) {
      case StatusCode.badNoCommunication:
        return `${unit} does not answer (${codes.get(String(address.unitId)) ?? 'timeout'}): check its power, its address and the wiring`;
      case StatusCode.badConfigurationError:
        return `${unit} refuses ${address.table} ${address.register}, or it is forbidden or beyond the last one: does the manual count from 1?`;
      case StatusCode.badSensorFailure:
        return 'the device says that it has no value, or the registers hold no number: check type and order, or use --guess';
      default:
        return `${unit} answers with an error (${codes.get(String(address.unitId)) ?? 'unknown'})`;
    }
  }
  if (hint?.range && (reading.value < hint.range[0] || reading.value > hint.range[1]))
    return `outside of its range ${hint.range[0]} to ${hint.range[1]}: check type, order and scale, or use --guess`;
  return reading.quality === 'good' ? null : 'uncertain: a code without a label, or more than 2^53';
}

/** Ranks, for the tags that were asked about, how their registers could be read. */
async function guesses(asking: Asking): Promise<string[]> {
  const { bindings, options } = asking;
  if (options.guess === undefined) return [];
  const chosen = bindings.filter(
    ({ tag, address }) => (options.guess === true || options.guess === tag) && !isBit(address),
  );
  const lines: string[] = [];
  for (const { tag, address, hint } of chosen) {
    const bytes = await readWide(asking, address);
    const range = fittingRange(hint ?? { unit: null, range: null });
    if (bytes === null) lines.push(`${tag}: cannot be read, so there is nothing to guess from`);
    else lines.push(...sayGuesses(tag, { bytes, range, guesses: guess(bytes, range) }));
  }
  return lines;
}

function sayGuesses(
  tag: string,
  found: { readonly bytes: Buffer; readonly range: readonly [number, number]; readonly guesses: readonly Guess[] },
): string[] {
  const { bytes, range, guesses } = found;
  const words = bytes.toString('hex').replaceAll(/(.{4})(?=.)/g, '$1 ');
  const title = `${tag}: registers ${words}, a value from ${range[0]} to ${range[1]} fits`;
  if (guesses.length === 0) return [title, '  nothing fits: check register, table and range'];
  // A tie at the end is shown whole: half of it would look like a decision.
  const last = guesses[Math.min(SHOWN_GUESSES, guesses.length) - 1]!.score;
  const shown = guesses.filter(({ score }) => score >= last);
  return [
    title,
    ...shown.map((each) => {
      const rank = 1 + guesses.filter(({ score }) => score > each.score).length;
      const isTie = guesses.filter(({ score }) => score === each.score).length > 1;
      const half = each.byte === undefined ? '' : `, byte: ${each.byte}`;
      const settings = `type: ${each.type}, order: ${each.order}${half}, scale: ${each.scale}`;
      return `  ${isTie ? 'tie for ' : ''}${rank}: ${Number(each.value.toPrecision(6))} as { ${settings} }`;
    }),
  ];
}

async function readText(asking: Asking, { address }: Binding<Address>): Promise<string | null> {
  const bytes = await readRegisters(asking, address, widthOf(address));
  return bytes === null ? null : textIn(address, bytes);
}

/** As many registers as the widest number takes, or as the device gives. */
async function readWide(asking: Asking, address: Address): Promise<Buffer | null> {
  for (let count = MOST_REGISTERS; count > 0; count /= 2) {
    const bytes = await readRegisters(asking, address, count);
    if (bytes !== null) return bytes;
  }
  return null;
}

async function readRegisters({ bus, config, ctx }: Asking, address: Address, count: number): Promise<Buffer | null> {
  const { unitId, table, register } = address;
  const isForbidden = (config.forbidden ?? []).some(
    (range) =>
      range.table === table &&
      (range.unitId ?? unitId) === unitId &&
      range.from < register + count &&
      range.to >= register,
  );
  if (isForbidden || register + count > 65_536) return null;
  const request = { unitId, table, first: register, count, bindings: [] };
  const answer = await bus.read(request, { deadlineMs: config.timeout, signal: ctx.signal });
  return answer.kind === 'bytes' ? answer.bytes : null;
}

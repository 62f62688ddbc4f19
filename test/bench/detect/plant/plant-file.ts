import {
  SLOW_LIMITS,
  SLOW_SIGNALS,
  type SlowLimit,
  type SlowSignal,
} from '../../../../adapters/simulator/life/signals.ts';
import { MACHINES } from '../../../../adapters/simulator/model/machines.ts';

/** What a temperature's name ends with when it is how far it is above the air of the hall. */
export const OVER_AIR = '-over-air';

/** How long each machine must stand until it is as warm as the hall: five of its time constants. */
const COLD_AFTER: Readonly<Record<string, string>> = {
  'pump-1': '3h',
  'gearbox-1': '6h',
  'fan-1': '3h',
  'compressor-1': '2h',
};

/** Above this each machine runs steadily, /min. */
const RUNS: Readonly<Record<string, number>> = {
  'pump-1': 1_400,
  'gearbox-1': 900,
  'fan-1': 1_100,
  'compressor-1': 2_900,
};

/** Every temperature follows the air of the hall, and it is no machine. */
const AIR = 'hall.ambient-temperature';

/** The temperatures of machines. */
const TEMPERATURES = SLOW_SIGNALS.filter(({ asset, unit }) => asset !== 'hall' && unit === 'Cel').map(({ tag }) => tag);

/** What of the study's rules can be tried out. */
export interface StudyRules {
  /** How long a machine must be unusual before it is told, as a duration of the plant file. */
  readonly autoDelay: string;
}

/**
 * The plant file of the study: what the guide tells everybody to write, with the defaults of the detectors wherever they have one.
 * For each limit a limit rule and a forecast, for each machine `auto`, for the use of air what is usual at its hour, for each measured tag the
 * rules on instruments.
 */
export function writeStudyPlant(rules: StudyRules): string {
  return `plant: slow-works
adapters:
  push: { kind: http }
assets:
${['hall', ...MACHINES.map(({ id }) => id)].map(assetOf).join('\n')}
derived:
${TEMPERATURES.map((tag) => `  ${tag}${OVER_AIR}: { value: tag("${tag}") - tag("${AIR}"), unit: K }`).join('\n')}
rules:
${[...SLOW_LIMITS.flatMap(limitRules), ...MACHINES.map(({ id }) => autoRule(id, rules)), leakRule(), ...MACHINES.flatMap(({ id }) => instrumentRules(id))].join('\n')}
`;
}

/** Air that is used at an hour when it never was: nothing else tells a leak before the pressure falls. */
const leakRule = () =>
  `  compressor-1-load-unusual: { on: compressor-1.load, detect: seasonal, with: { learn: 1w }, when: '${runs('compressor-1')}', onDelay: 6h }`;

function assetOf(id: string): string {
  const tags = SLOW_SIGNALS.filter(({ asset }) => asset === id);
  const lines = tags.map(
    ({ tag, unit, range }) =>
      `      ${tag.slice(id.length + 1)}: { unit: "${unit}", range: [${range.join(', ')}], from: push }`,
  );
  return `  ${id}:\n    tags:\n${lines.join('\n')}`;
}

function limitRules({ tag, high, low, deadband }: SlowLimit): string[] {
  const limit = high === undefined ? `low: ${low}` : `high: ${high}`;
  const id = `${tag.replace('.', '-')}-${high === undefined ? 'low' : 'high'}`;
  const when = runs(tag.slice(0, tag.indexOf('.')));
  return [
    `  ${id}: { on: ${tag}, detect: limit, with: { ${limit}, deadband: ${deadband} }, when: '${when}', onDelay: 5m, offDelay: 5m }`,
    `  ${id}-forecast: { on: ${tag}, detect: forecast, with: { ${limit}, within: 14d, soon: 3d }, when: '${when}' }`,
  ];
}

/** It learns a whole week, since work has one. */
function autoRule(asset: string, { autoDelay }: StudyRules): string {
  const tags = SLOW_SIGNALS.filter((signal) => signal.asset === asset && !/\.(speed|load)$/.test(signal.tag));
  const on = tags.map(({ tag }) => tag).join(', ');
  return `  ${asset}-unusual: { on: [${on}], given: [${asset}.load, ${AIR}], detect: auto, with: { learn: 2016, learnWithin: 1w }, when: '${runs(asset)}', tolerance: 10s, onDelay: ${autoDelay} }`;
}

/** What the data sheet of an instrument calls its accuracy, by unit. */
const ACCURACY: Readonly<Record<string, number>> = { Cel: 0.6, 'mm/s': 0.1, bar: 0.05, 'm3/h': 1, mbar: 1 };
/** A deviation from what the machine's other tags say is worth telling from so many times the accuracy on. */
const WORTH_TELLING = 8;

/** What follows the load at once, and jumps when it does. */
const FOLLOWS_AT_ONCE = /\.(flow|filter-pressure|pressure)$/;
/** What one fault of the machine moves alone: the pressure over its filter. */
const MOVES_ALONE = /\.filter-pressure$/;

/**
 * Only while the machine runs, as the guide says of each of them: what stands still is still. A spike is told when it has come back, so that
 * a machine that jumps is none; neither it nor `step` is for what is switched, as the pressures of the compressor are with each shift. What jumps with
 * the load, and what drifts, is compared with the other tags of its machine, also while that stands.
 */
function instrumentRules(asset: string): string[] {
  const tags = SLOW_SIGNALS.filter((signal) => signal.asset === asset && !/\.(speed|load)$/.test(signal.tag));
  const named = tags.map(({ tag }) => tag);
  const unswitched = tags.filter(({ tag }) => asset !== 'compressor-1' || !tag.endsWith('pressure'));
  const slow = unswitched.filter(({ tag }) => !FOLLOWS_AT_ONCE.test(tag));
  const rule = (id: string, on: readonly string[], rest: string) =>
    `  ${asset}-sensor-${id}: { on: [${on.join(', ')}], ${rest}, when: '${runs(asset)}' }`;
  const perUnit = (id: string, of: readonly SlowSignal[], settings: (accuracy: number) => string) =>
    [...new Set(of.map(({ unit }) => unit))].map((unit) =>
      rule(
        `${id}-${unit.replace('/', '-').toLowerCase()}`,
        of.filter((signal) => signal.unit === unit).map(({ tag }) => tag),
        settings(ACCURACY[unit]!),
      ),
    );
  const causes = [`${asset}.speed`, `${asset}.load`, AIR];
  // what the pressure of the compressor does is its controller's doing
  const answers = asset === 'compressor-1' ? named.filter((tag) => !tag.endsWith('pressure')) : named;
  return [
    `  ${asset}-sensor-silent: { on: [${named.join(', ')}], detect: stale, with: { after: 10m } }`,
    rule('stuck', named, 'detect: flatline, with: { for: 20m }'),
    ...perUnit('spikes', unswitched, (accuracy) => `detect: spike, with: { tell: returned, minSigma: ${accuracy} }`),
    ...perUnit('jumped', slow, (accuracy) => `detect: step, with: { hold: 3d, minSigma: ${accuracy} }`),
    rule('numb', named, 'detect: noise-death'),
    rule('noisy', named, 'detect: noise-rise'),
    ...tags
      .filter(({ tag }) => answers.includes(tag) && !MOVES_ALONE.test(tag))
      .map(({ tag, unit }) => {
        const on = [tag, ...answers.filter((each) => each !== tag), ...causes];
        const least = WORTH_TELLING * ACCURACY[unit]!;
        return `  ${tag.replace('.', '-')}-sensor-drifts: { on: [${on.join(', ')}], detect: drift, with: { drives: ${causes.length}, least: ${least} }, tolerance: 10s }`;
      }),
    // a machine that is cold is as warm as the hall, whatever it is ill of: what differs is the sensor
    ...TEMPERATURES.filter((tag) => tag.startsWith(`${asset}.`)).map(
      (tag) =>
        `  ${tag.replace('.', '-')}-sensor-at-rest: { on: ${tag}${OVER_AIR}, detect: range, with: { low: -4, high: 4, for: 30m }, when: 'max("${asset}.speed", ${COLD_AFTER[asset]}) < 1.0' }`,
    ),
  ];
}

/** It has run for half an hour: starts and the first warming up are over, the network is full. */
function runs(asset: string): string {
  return `min("${asset}.speed", 30m) > ${RUNS[asset]!.toFixed(1)}`;
}

import { SLOW_LIMITS, SLOW_SIGNALS, type SlowLimit } from '../../../../adapters/simulator/life/signals.ts';
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

/** What follows what else: watched together by one rule. The air of the hall is in each, since every temperature follows it. */
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
  const tags = SLOW_SIGNALS.filter((signal) => signal.asset === asset && !signal.tag.endsWith('.speed'));
  const on = [...tags.map(({ tag }) => tag), AIR].join(', ');
  return `  ${asset}-unusual: { on: [${on}], detect: auto, with: { learn: 2016 }, when: '${runs(asset)}', tolerance: 10s, onDelay: ${autoDelay} }`;
}

/**
 * Only while the machine runs, as the guide says of each of them: what stands still is still. A spike is told when it has come back, so that
 * a machine that jumps is none; neither it nor `step` is for what is switched, as the pressures of the compressor are with each shift.
 */
function instrumentRules(asset: string): string[] {
  const tags = SLOW_SIGNALS.filter((signal) => signal.asset === asset && !/\.(speed|load)$/.test(signal.tag));
  const named = tags.map(({ tag }) => tag);
  const unswitched = asset === 'compressor-1' ? named.filter((tag) => !tag.endsWith('pressure')) : named;
  const rule = (id: string, on: readonly string[], rest: string) =>
    `  ${asset}-sensor-${id}: { on: [${on.join(', ')}], ${rest}, when: '${runs(asset)}' }`;
  return [
    `  ${asset}-sensor-silent: { on: [${named.join(', ')}], detect: stale, with: { after: 10m } }`,
    rule('stuck', named, 'detect: flatline, with: { for: 20m }'),
    rule('spikes', unswitched, 'detect: spike, with: { tell: returned }'),
    rule('jumped', unswitched, 'detect: step, with: { hold: 3d }'),
    rule('numb', named, 'detect: noise-death'),
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

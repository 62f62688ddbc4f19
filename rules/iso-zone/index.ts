import { type Static, Type } from 'typebox';
import { backBehind } from '../back.ts';
import type { Detector, Level, Subject, Verdict } from '../detector.ts';
import { sayNumber, sayNumberUnlike, withUnit } from '../say-number.ts';
import { convert } from '../signal/units.ts';
import { type LearntBaseline, learnBaseline } from './baseline.ts';
import { type Boundaries, PROVENANCE, type Zone, zoneOf, zoneTableOf } from './tables.ts';

const Config = Type.Object(
  {
    standard: Type.Union([Type.Literal('iso-10816-3'), Type.Literal('iso-10816-1')], {
      default: 'iso-10816-3',
      description: 'Which table: 10816-3 by group and foundation, 10816-1 by class for small machines.',
    }),
    group: Type.Optional(
      Type.Union(
        [
          Type.Literal('1'),
          Type.Literal('2'),
          Type.Literal('3'),
          Type.Literal('4'),
          Type.Literal('I'),
          Type.Literal('II'),
          Type.Literal('III'),
          Type.Literal('IV'),
        ],
        { description: 'Group "1" to "4" of 10816-3, or class I to IV of 10816-1.', examples: ['2'] },
      ),
    ),
    foundation: Type.Union([Type.Literal('rigid'), Type.Literal('flexible')], {
      default: 'rigid',
      description: 'How the machine stands; 10816-3 only.',
    }),
    powerKw: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Rated power, kW: checked against the group.', examples: [90] }),
    ),
    speedRpm: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'Rated speed, /min: checked against the scope.',
        examples: [1480],
      }),
    ),
    baseline: Type.Optional(
      Type.Number({
        minimum: 0,
        description:
          'What the machine had when it was well, tag unit: a change of more than 25 % of B/C from it is told.',
        examples: [1.2],
      }),
    ),
    learn: Type.Optional(
      Type.Integer({
        minimum: 5,
        maximum: 1_000,
        description: 'Take the median of so many first readings in zone A or B for the baseline, instead of baseline.',
        examples: [50],
      }),
    ),
    boundaries: Type.Optional(
      Type.Array(Type.Number({ exclusiveMinimum: 0 }), {
        minItems: 3,
        maxItems: 3,
        description: 'Your own boundaries A/B, B/C, C/D instead of the table, tag unit.',
        examples: [[1.4, 2.8, 4.5]],
      }),
    ),
    source: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Where your own boundaries come from.',
        examples: ['maker, sheet 4711'],
      }),
    ),
    deadband: Type.Number({
      minimum: 0,
      default: 0,
      description: 'How far the value must come back below a boundary before its zone is left, tag unit.',
      examples: [0.1],
    }),
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;
/** Its settings. */
export type IsoZoneConfig = Config;

/** Which boundaries hold for a machine. */
export type ZoneSettings = Pick<Config, 'standard' | 'group' | 'foundation' | 'boundaries' | 'source'>;

/** Their schemas, for other methods that tell the zone of a machine. */
export const { standard, group, foundation, boundaries, source } = Config.properties;

/** `zone`: where the last good reading was, which decides where the deadband applies. */
interface State extends LearntBaseline {
  zone: Zone;
}

/** Criterion II: a change of this share of B/C is significant in either direction (ISO 10816-3:2009, 5.4). */
const SIGNIFICANT_CHANGE = 0.25;
/** 2.2 − 1.5 is a little more than 0.7 in binary. */
const ROUNDING = 1 + 1e-9;
const ZONES: readonly Zone[] = ['A', 'B', 'C', 'D'];

/**
 * Vibration zones A to D by kind of machine and foundation: C is abnormal (H), D more so (HH), and a change from the baseline is
 * told inside A and B, too. Velocity RMS in `mm/s` or `[in_i]/s`, displacement RMS in `um`; a tag of another unit, or of none,
 * is never judged (unknown).
 * Source: ISO 10816-3 and 10816-1 from secondary sources, see tables.ts.
 */
export const isoZone: Detector<typeof Config, State> = {
  kind: 'iso-zone',
  about: 'machine',
  config: Config,
  learnsOnce: ({ learn }) => learn !== undefined,
  refuse: (config) => refuseBoundaries(config) ?? refuseTable(config) ?? refuseBaseline(config),
  init: () => ({ zone: 'A' }),

  step(state, _at, inputs, config, subject) {
    const value = inputs[0]!;
    const boundaries = boundariesIn(subject.unit, config);
    if (!Number.isFinite(value) || boundaries === null) return { state: 'unknown' };
    state.zone = zoneAfter(value, state.zone, boundaries, config.deadband);
    return verdictOn(value, state.zone, { boundaries, config, subject, baseline: baselineAt(value, state, config) });
  },

  back(inputs, config, seen) {
    const [, bc = seen.before.limit, cd] = boundariesIn(seen.subject.unit, config) ?? [];
    return backBehind(inputs[0]!, seen.before.limit === cd ? bc : seen.before.limit, seen);
  },
};

function baselineAt(value: number, state: State, { baseline, learn }: Config): number | null {
  if (learn === undefined) return baseline ?? null;
  return learnBaseline(state, value, { readings: learn, isWell: state.zone === 'A' || state.zone === 'B' });
}

function refuseBaseline({ baseline, learn }: Config): string | null {
  return baseline === undefined || learn === undefined ? null : 'needs either baseline or learn, not both';
}

/** Says what is wrong with the boundaries of a machine, `null` when nothing is; none at all is fine. */
export function refuseZones(config: ZoneSettings): string | null {
  const isGiven = config.group !== undefined || config.boundaries !== undefined;
  return refuseBoundaries(config) ?? (isGiven ? refuseTable(config) : null);
}

function refuseBoundaries({ boundaries, source, group }: ZoneSettings): string | null {
  if (boundaries === undefined) return source === undefined ? null : 'source belongs to boundaries of your own';
  if (group !== undefined) return 'needs either group or boundaries, not both';
  const [ab, bc, cd] = boundaries as unknown as Boundaries; // the schema wants three
  return ab < bc && bc < cd ? null : `boundaries must rise: ${boundaries.join(', ')}`;
}

function refuseTable({
  standard,
  group,
  foundation,
  powerKw,
  speedRpm,
  boundaries,
}: ZoneSettings & Partial<Config>): string | null {
  if (boundaries !== undefined) return null;
  if (group === undefined) return 'needs group, or boundaries of your own';
  if (zoneTableOf(standard, group, foundation) === undefined)
    return standard === 'iso-10816-3'
      ? `group ${group} is none of 1, 2, 3, 4: classes I to IV are those of iso-10816-1`
      : `group ${group} is none of I, II, III, IV: groups 1 to 4 are those of iso-10816-3`;
  if (standard === 'iso-10816-1') return null;
  if (powerKw !== undefined && powerKw <= 15)
    return `${powerKw} kW is below the scope of iso-10816-3: use standard: iso-10816-1 with group: I`;
  if (group === '1' && powerKw !== undefined && powerKw <= 300)
    return `${powerKw} kW is not above 300 kW, as group 1 is: use group "2"`;
  if (group === '2' && powerKw !== undefined && powerKw > 300)
    return `${powerKw} kW is above 300 kW, where group 2 ends: use group "1"`;
  if (speedRpm !== undefined && (speedRpm < 120 || speedRpm > 15_000))
    return `${speedRpm} /min is outside the scope of iso-10816-3, 120 to 15000 /min`;
  return null;
}

/** Boundaries in the tag's unit; `null` for a unit that has none. */
export function boundariesIn(
  unit: string,
  { boundaries, standard, group, foundation }: ZoneSettings,
): Boundaries | null {
  if (boundaries !== undefined) return boundaries as unknown as Boundaries; // three, in the tag's unit by definition
  const table = group === undefined ? undefined : zoneTableOf(standard, group, foundation);
  if (table === undefined) return null;
  if (unit === 'um') return table.displacement;
  const scale = convert(1, { from: 'mm/s', to: unit });
  if (scale === null) return null;
  const [ab, bc, cd] = table.velocity;
  return [ab * scale, bc * scale, cd * scale];
}

function zoneAfter(value: number, before: Zone, boundaries: Boundaries, deadband: number): Zone {
  const zone = zoneOf(value, boundaries);
  if (deadband === 0 || ZONES.indexOf(zone) >= ZONES.indexOf(before)) return zone;
  const [ab, bc, cd] = boundaries;
  const left = zoneOf(value, [ab - deadband, bc - deadband, cd - deadband]);
  return ZONES.indexOf(left) < ZONES.indexOf(before) ? left : before;
}

interface Judged {
  readonly boundaries: Boundaries;
  readonly config: Config;
  readonly subject: Subject;
  /** `null`: nobody told, or not learnt yet. */
  readonly baseline: number | null;
}

function verdictOn(value: number, zone: Zone, judged: Judged): Verdict {
  const [ab, bc, cd] = judged.boundaries;
  switch (zone) {
    case 'D':
      return abnormal({ value, level: 'HH', limit: cd, score: 1, why: 'zone D, where damage is expected' }, judged);
    case 'C':
      return abnormal({ value, level: 'H', limit: bc, score: 0.75, why: 'zone C, not for long operation' }, judged);
    case 'A':
    case 'B':
      return changeVerdict(value, zone === 'A' ? (0.25 * value) / ab : 0.5, judged);
  }
}

function changeVerdict(value: number, score: number, judged: Judged): Verdict {
  const { baseline, config } = judged;
  const significant = SIGNIFICANT_CHANGE * judged.boundaries[1];
  if (baseline === null || Math.abs(value - baseline) <= significant * ROUNDING) return { state: 'normal', score };
  const limit = baseline + Math.sign(value - baseline) * significant;
  const learnt = config.learn === undefined ? '' : ` (median of its first ${config.learn} readings)`;
  const why = `${sayNumber(Math.abs(value - baseline))} from its baseline of ${sayNumber(baseline)}${learnt}, more than 25 % of B/C (Criterion II)`;
  return abnormal({ value, level: value > baseline ? 'H' : 'L', limit, score: 0.6, why }, judged);
}

interface Seen {
  readonly value: number;
  readonly level: Level;
  readonly limit: number;
  readonly score: number;
  readonly why: string;
}

function abnormal({ value, level, limit, score, why }: Seen, { config, subject }: Judged): Verdict {
  const explanation = `${subject.tag} is ${withUnit(sayNumberUnlike(value, limit), subject.unit)}, beyond ${sayNumber(limit)}: ${why} (${provenanceOf(config)})`;
  return { state: 'abnormal', score, level, finding: { value, limit, explanation } };
}

/** Which table the boundaries are of, and where that comes from. */
export function provenanceOf({ boundaries, source, standard, group, foundation }: Config): string {
  if (boundaries !== undefined) return `own boundaries; ${source ?? 'no source given'}`;
  return `${standard} ${groupName(standard, group, foundation)}; ${PROVENANCE[standard]}`;
}

function groupName(standard: Config['standard'], group: Config['group'], foundation: Config['foundation']): string {
  return standard === 'iso-10816-1' ? `class ${group}` : `group ${group} ${foundation}`;
}

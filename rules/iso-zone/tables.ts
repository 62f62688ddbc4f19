/** Upper ends of the zones A, B and C. */
export type Boundaries = readonly [ab: number, bc: number, cd: number];

/** Boundaries of one kind of machine, with where they come from. */
export interface ZoneTable {
  readonly standard: Standard;
  /** Group of 10816-3 or class of 10816-1. */
  readonly group: Group;
  readonly foundation: Foundation | null;
  readonly machines: string;
  /** mm/s RMS, 10 to 1000 Hz; 2 to 1000 Hz below 600 rpm. */
  readonly velocity: Boundaries;
  /** µm RMS. */
  readonly displacement: Boundaries | null;
}

export type Standard = 'iso-10816-3' | 'iso-10816-1';
export type Group = '1' | '2' | '3' | '4' | 'I' | 'II' | 'III' | 'IV';
export type Foundation = 'rigid' | 'flexible';

/** Where the numbers come from, said with each finding. Secondary sources: buy the standard before you claim conformance. */
export const PROVENANCE: Readonly<Record<Standard, string>> = {
  'iso-10816-3': 'values of ISO 10816-3:1998 annex A from a secondary source',
  'iso-10816-1': 'values of ISO 10816-1:1995 annex B (withdrawn) from a secondary source',
};

const LARGE = 'large, above 300 kW to 50 MW, or motors with a shaft height of 315 mm and more';
const MEDIUM = 'medium, 15 to 300 kW, or motors with a shaft height of 160 to 315 mm';
const SEPARATE = 'pumps above 15 kW with a separate driver (1998 edition; today ISO 10816-7)';
const INTEGRATED = 'pumps above 15 kW with an integrated driver (1998 edition; today ISO 10816-7)';

/** Every table there is; a rule may bring its own boundaries instead. */
export const zoneTables: readonly ZoneTable[] = [
  {
    standard: 'iso-10816-3',
    group: '1',
    foundation: 'rigid',
    machines: LARGE,
    velocity: [2.3, 4.5, 7.1],
    displacement: [29, 57, 90],
  },
  {
    standard: 'iso-10816-3',
    group: '1',
    foundation: 'flexible',
    machines: LARGE,
    velocity: [3.5, 7.1, 11.0],
    displacement: [45, 90, 140],
  },
  {
    standard: 'iso-10816-3',
    group: '2',
    foundation: 'rigid',
    machines: MEDIUM,
    velocity: [1.4, 2.8, 4.5],
    displacement: [22, 45, 71],
  },
  {
    standard: 'iso-10816-3',
    group: '2',
    foundation: 'flexible',
    machines: MEDIUM,
    velocity: [2.3, 4.5, 7.1],
    displacement: [37, 71, 113],
  },
  {
    standard: 'iso-10816-3',
    group: '3',
    foundation: 'rigid',
    machines: SEPARATE,
    velocity: [2.3, 4.5, 7.1],
    displacement: [18, 36, 56],
  },
  {
    standard: 'iso-10816-3',
    group: '3',
    foundation: 'flexible',
    machines: SEPARATE,
    velocity: [3.5, 7.1, 11.0],
    displacement: [28, 56, 90],
  },
  {
    standard: 'iso-10816-3',
    group: '4',
    foundation: 'rigid',
    machines: INTEGRATED,
    velocity: [1.4, 2.8, 4.5],
    displacement: [11, 22, 36],
  },
  {
    standard: 'iso-10816-3',
    group: '4',
    foundation: 'flexible',
    machines: INTEGRATED,
    velocity: [2.3, 4.5, 7.1],
    displacement: [18, 36, 56],
  },
  {
    standard: 'iso-10816-1',
    group: 'I',
    foundation: null,
    machines: 'small, up to 15 kW',
    velocity: [0.71, 1.8, 4.5],
    displacement: null,
  },
  {
    standard: 'iso-10816-1',
    group: 'II',
    foundation: null,
    machines: 'medium, 15 to 75 kW, up to 300 kW on a special foundation',
    velocity: [1.12, 2.8, 7.1],
    displacement: null,
  },
  {
    standard: 'iso-10816-1',
    group: 'III',
    foundation: null,
    machines: 'large, on a rigid foundation',
    velocity: [1.8, 4.5, 11.2],
    displacement: null,
  },
  {
    standard: 'iso-10816-1',
    group: 'IV',
    foundation: null,
    machines: 'large, on a soft foundation',
    velocity: [2.8, 7.1, 18.0],
    displacement: null,
  },
];

/** Finds a table; the classes of 10816-1 have no foundation. */
export function zoneTableOf(standard: Standard, group: Group, foundation: Foundation): ZoneTable | undefined {
  return zoneTables.find(
    (table) =>
      table.standard === standard &&
      table.group === group &&
      (table.foundation === null || table.foundation === foundation),
  );
}

export type Zone = 'A' | 'B' | 'C' | 'D';

/** The zone of a value. What is exactly on a boundary belongs to the lower zone: the sources leave it open. */
export function zoneOf(value: number, [ab, bc, cd]: Boundaries): Zone {
  if (value <= ab) return 'A';
  if (value <= bc) return 'B';
  return value <= cd ? 'C' : 'D';
}

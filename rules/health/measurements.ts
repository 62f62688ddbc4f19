/** A measurement that somebody can make, and how it comes out for each mode. */
export interface Measurement {
  readonly measurement: string;
  /** How it may come out. */
  readonly outcomes: readonly string[];
  /** P(outcome | mode), in the order of `outcomes`; each adds up to 1. A mode that is not here: it says nothing about it. */
  readonly given: Readonly<Record<string, readonly number[]>>;
  /** P(outcome | any mode that is not in `given`); absent: every outcome is as likely. */
  readonly otherwise?: readonly number[];
  /** Methods that have made it already where they judge. */
  readonly madeBy?: readonly string[];
  /** Tags that measure it all the time where they are heard. */
  readonly measuredBy?: readonly string[];
}

/**
 * What tells causes from each other. How each comes out is of field guides (ISO 13373-2 and 13373-3 as taught, secondary); the numbers are
 * ours: 0.9 where the guides say "is", 0.7 where they say "usually", and no statistics.
 */
export const measurements: readonly Measurement[] = [
  {
    measurement: 'phase at one bearing, horizontal against vertical',
    outcomes: ['90° apart', '0° or 180° apart', 'not steady'],
    given: {
      imbalance: [0.9, 0.05, 0.05],
      'build-up on the blades': [0.9, 0.05, 0.05],
      misalignment: [0.2, 0.7, 0.1],
      looseness: [0.1, 0.2, 0.7],
    },
  },
  {
    measurement: 'phase across the coupling',
    outcomes: ['the same on both sides', '180° apart', 'not steady'],
    given: {
      imbalance: [0.8, 0.15, 0.05],
      misalignment: [0.05, 0.9, 0.05],
      looseness: [0.15, 0.15, 0.7],
    },
  },
  {
    measurement: 'vibration of foot, base plate and foundation, one after another',
    outcomes: ['jumps from one to the next', 'falls evenly'],
    given: { looseness: [0.9, 0.1] },
    otherwise: [0.1, 0.9],
  },
  {
    measurement: 'envelope spectrum of a waveform at the bearing',
    outcomes: ['lines at a frequency of the bearing', 'none'],
    given: { 'damaged bearing': [0.9, 0.1] },
    otherwise: [0.05, 0.95],
    madeBy: ['bearing'],
  },
  {
    measurement: 'spectrum of a waveform with the speed',
    outcomes: ['1× stands out', '2× stands out', 'many harmonics', 'mesh with sidebands', 'none of them'],
    given: {
      imbalance: [0.9, 0.04, 0.02, 0.02, 0.02],
      'build-up on the blades': [0.9, 0.04, 0.02, 0.02, 0.02],
      misalignment: [0.2, 0.7, 0.05, 0.02, 0.03],
      looseness: [0.1, 0.1, 0.7, 0.02, 0.08],
      'worn or damaged teeth': [0.03, 0.03, 0.02, 0.9, 0.02],
      'damaged bearing': [0.05, 0.05, 0.1, 0.02, 0.78],
      'loose or worn belt': [0.1, 0.1, 0.1, 0.02, 0.68],
    },
    otherwise: [0.05, 0.05, 0.05, 0.05, 0.8],
    madeBy: ['rotor'],
  },
  {
    measurement: 'vibration at the moment the power is cut',
    outcomes: ['gone at once', 'falls with the speed'],
    given: { 'electrical fault of the motor': [0.9, 0.1] },
    otherwise: [0.05, 0.95],
  },
  {
    measurement: 'a sample of the grease or oil',
    outcomes: ['metal in it', 'aged, dirty or the wrong amount', 'as it should be'],
    given: {
      'damaged bearing': [0.7, 0.1, 0.2],
      'worn or damaged teeth': [0.7, 0.1, 0.2],
      'too little or too much grease': [0.05, 0.9, 0.05],
      'oil level wrong or oil aged': [0.05, 0.9, 0.05],
      'oil low or wrong': [0.05, 0.9, 0.05],
      'oil cold or wrong': [0.05, 0.7, 0.25],
    },
    otherwise: [0.05, 0.1, 0.85],
  },
  {
    measurement: 'look at the wheel or impeller, standing still and locked out',
    outcomes: ['build-up or wear', 'clean'],
    given: {
      'build-up on the blades': [0.9, 0.1],
      'worn impeller or wear ring': [0.9, 0.1],
      imbalance: [0.7, 0.3],
      cavitation: [0.7, 0.3],
    },
    otherwise: [0.1, 0.9],
  },
  {
    measurement: 'belt under the strobe: tension, speed of both wheels',
    outcomes: ['slips or is loose', 'as it should be'],
    given: { 'loose or worn belt': [0.9, 0.1], 'slipping belt': [0.9, 0.1], 'belt slips': [0.9, 0.1] },
    otherwise: [0.05, 0.95],
  },
  {
    measurement: 'current against the name plate',
    outcomes: ['above it', 'within it'],
    given: {
      overload: [0.9, 0.1],
      'dragging idlers or brake': [0.7, 0.3],
      'voltage low or uneven': [0.7, 0.3],
    },
    otherwise: [0.1, 0.9],
    measuredBy: ['current'],
  },
  {
    measurement: 'voltage of all phases under load, and the resistance of the winding',
    outcomes: ['voltage low or uneven', 'winding uneven', 'both even'],
    given: {
      'voltage low or uneven': [0.9, 0.05, 0.05],
      'electrical fault of the motor': [0.1, 0.7, 0.2],
    },
    otherwise: [0.05, 0.05, 0.9],
  },
  {
    measurement: 'temperature and pressure before and behind the cooler',
    outcomes: ['it hardly cools', 'it cools as it should'],
    given: {
      'cooling blocked': [0.9, 0.1],
      'cooler blocked': [0.9, 0.1],
      'cooler or filter dirty': [0.9, 0.1],
      'cooler dirty or without water': [0.9, 0.1],
    },
    otherwise: [0.1, 0.9],
  },
  {
    measurement: 'head at closed valve against the curve of the pump',
    outcomes: ['below the curve', 'on the curve'],
    given: { 'worn impeller or wear ring': [0.9, 0.1], 'air in the suction': [0.3, 0.7] },
    otherwise: [0.1, 0.9],
  },
  {
    measurement: 'suction pressure, and the strainer before and behind',
    outcomes: ['too low, strainer blocked', 'too low, strainer free', 'as it should be'],
    given: {
      cavitation: [0.45, 0.45, 0.1],
      'blocked strainer': [0.9, 0.05, 0.05],
      'low level or closed valve': [0.05, 0.9, 0.05],
    },
    otherwise: [0.05, 0.05, 0.9],
    measuredBy: ['suction-pressure'],
  },
  {
    measurement: 'pressure behind the pump while the flow is low',
    outcomes: ['high', 'low'],
    given: {
      'blocked line or filter': [0.9, 0.1],
      'worn impeller or wear ring': [0.1, 0.9],
      cavitation: [0.1, 0.9],
      'leak behind the pump': [0.1, 0.9],
    },
    measuredBy: ['pressure'],
  },
  {
    measurement: 'flow of the case drain',
    outcomes: ['more than the maker allows', 'within it'],
    given: { 'inner leakage': [0.9, 0.1] },
    otherwise: [0.05, 0.95],
  },
  {
    measurement: 'walk along hoses, fittings and rods',
    outcomes: ['a leak', 'dry'],
    given: { 'outer leak': [0.9, 0.1], 'leak behind the pump': [0.9, 0.1], 'leaks in the net': [0.7, 0.3] },
    otherwise: [0.05, 0.95],
  },
  {
    measurement: 'pressure across the filter',
    outcomes: ['too high', 'as it should be'],
    given: {
      'dirty filter or closed damper': [0.9, 0.1],
      'intake filter blocked': [0.9, 0.1],
      'filter blocked': [0.9, 0.1],
      'cooler or filter dirty': [0.7, 0.3],
    },
    otherwise: [0.05, 0.95],
    measuredBy: ['differential-pressure'],
  },
  {
    measurement: 'voltage drop across the connection, and its torque',
    outcomes: ['too much', 'as it should be'],
    given: { 'loose or corroded connection': [0.9, 0.1] },
    otherwise: [0.05, 0.95],
  },
  {
    measurement: 'current of all phases',
    outcomes: ['uneven', 'even'],
    given: { 'uneven load': [0.9, 0.1], 'voltage low or uneven': [0.7, 0.3] },
    otherwise: [0.1, 0.9],
  },
];

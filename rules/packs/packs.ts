/** One thing that may be behind a symptom. */
export interface Cause {
  readonly cause: string;
  /** ISO 14224 failure mode of the job. */
  readonly failureMode: string;
  /** 0..1, all of one symptom add up to 1: ours, from field guides, no statistics. */
  readonly likelihood: number;
  /** What tells it from the others. */
  readonly check: string;
}

/** What an unusual value of a tag means on a class of machines. */
export interface Symptom {
  /** Name of the tag within its asset. */
  readonly tag: string;
  readonly is: 'high' | 'low';
  readonly causes: readonly Cause[];
}

/** What is known of a class of machines. */
export interface Pack {
  /** The word after `class:` in the plant file. */
  readonly class: string;
  /** Methods that judge its waveforms. */
  readonly judges: readonly ('bearing' | 'rotor')[];
  /** Tags that it can say something about. */
  readonly tags: readonly string[];
  readonly symptoms: readonly Symptom[];
}

const cause = (what: string, failureMode: string, likelihood: number, check: string): Cause => ({
  cause: what,
  failureMode,
  likelihood,
  check,
});

const HOT_BEARING: Symptom = {
  tag: 'temperature',
  is: 'high',
  causes: [
    cause('too little or too much grease', 'OHE', 0.4, 'hours since the last greasing; purge and listen'),
    cause('damaged bearing', 'VIB', 0.25, 'envelope spectrum of a waveform'),
    cause('overload', 'OHE', 0.2, 'current against the name plate'),
    cause('cooling blocked', 'OHE', 0.15, 'fins, fan cover, cooling water'),
  ],
};
const SHAKING: Symptom = {
  tag: 'vibration',
  is: 'high',
  causes: [
    cause('imbalance', 'VIB', 0.35, '1× of the speed, phase 90° between horizontal and vertical'),
    cause('misalignment', 'VIB', 0.25, '2× of the speed, phase 180° across the coupling'),
    cause('damaged bearing', 'VIB', 0.25, 'envelope spectrum, kurtosis'),
    cause('looseness', 'VIB', 0.15, 'many harmonics; foot against base plate'),
  ],
};

/** Every pack there is. */
export const packs: readonly Pack[] = [
  {
    class: 'pump',
    judges: ['bearing', 'rotor'],
    tags: ['vibration', 'temperature', 'pressure', 'suction-pressure', 'flow', 'current'],
    symptoms: [
      SHAKING,
      HOT_BEARING,
      {
        tag: 'pressure',
        is: 'low',
        causes: [
          cause('worn impeller or wear ring', 'LOO', 0.35, 'head at closed valve against the curve'),
          cause('cavitation: suction too low', 'LOO', 0.3, 'suction pressure, strainer, noise like gravel'),
          cause('leak behind the pump', 'ELP', 0.2, 'flow against pressure'),
          cause('air in the suction', 'LOO', 0.15, 'level, seals on the suction side'),
        ],
      },
      {
        tag: 'suction-pressure',
        is: 'low',
        causes: [
          cause('blocked strainer', 'PLU', 0.5, 'pressure before and behind it'),
          cause('low level or closed valve', 'PDE', 0.5, 'level, position of the valve'),
        ],
      },
      {
        tag: 'flow',
        is: 'low',
        causes: [
          cause('worn impeller or wear ring', 'LOO', 0.4, 'head at closed valve against the curve'),
          cause('blocked line or filter', 'PLU', 0.35, 'pressure is high'),
          cause('cavitation', 'LOO', 0.25, 'suction pressure, noise like gravel'),
        ],
      },
    ],
  },
  {
    class: 'motor',
    judges: ['bearing', 'rotor'],
    tags: ['vibration', 'temperature', 'current', 'speed', 'load'],
    symptoms: [
      SHAKING,
      HOT_BEARING,
      {
        tag: 'current',
        is: 'high',
        causes: [
          cause('overload by what it drives', 'OHE', 0.5, 'uncoupled, the current is normal'),
          cause('voltage low or uneven', 'OHE', 0.3, 'voltage of all phases under load'),
          cause('winding or rotor', 'BRD', 0.2, 'resistance, insulation, sidebands of the current'),
        ],
      },
    ],
  },
  {
    class: 'fan',
    judges: ['bearing', 'rotor'],
    tags: ['vibration', 'temperature', 'pressure', 'flow', 'current'],
    symptoms: [
      {
        ...SHAKING,
        causes: [
          cause('build-up on the blades', 'VIB', 0.5, 'look at the wheel; 1× of the speed'),
          cause('loose or worn belt', 'VIB', 0.2, 'strobe, half the speed of the belt'),
          cause('damaged bearing', 'VIB', 0.2, 'envelope spectrum'),
          cause('looseness', 'VIB', 0.1, 'foot against base'),
        ],
      },
      HOT_BEARING,
      {
        tag: 'flow',
        is: 'low',
        causes: [
          cause('dirty filter or closed damper', 'PLU', 0.6, 'pressure across the filter'),
          cause('slipping belt', 'LOO', 0.4, 'speed against that of the motor'),
        ],
      },
    ],
  },
  {
    class: 'gearbox',
    judges: ['bearing', 'rotor'],
    tags: ['vibration', 'temperature', 'oil-temperature', 'speed', 'load'],
    symptoms: [
      {
        ...SHAKING,
        causes: [
          cause('worn or damaged teeth', 'VIB', 0.4, 'mesh frequency with sidebands; iron in the oil'),
          cause('damaged bearing', 'VIB', 0.3, 'envelope spectrum'),
          cause('misalignment', 'VIB', 0.2, '2× of the speed'),
          cause('looseness', 'VIB', 0.1, 'foot against base'),
        ],
      },
      {
        tag: 'oil-temperature',
        is: 'high',
        causes: [
          cause('oil level wrong or oil aged', 'OHE', 0.5, 'sight glass, sample'),
          cause('cooler blocked', 'OHE', 0.3, 'temperature before and behind it'),
          cause('overload', 'OHE', 0.2, 'current of the motor'),
        ],
      },
    ],
  },
  {
    class: 'compressor',
    judges: ['bearing', 'rotor'],
    tags: ['vibration', 'temperature', 'pressure', 'oil-temperature', 'current'],
    symptoms: [
      SHAKING,
      {
        tag: 'temperature',
        is: 'high',
        causes: [
          cause('cooler or filter dirty', 'OHE', 0.5, 'difference to ambient, pressure across the filter'),
          cause('oil low or wrong', 'OHE', 0.3, 'sight glass'),
          cause('valve leaks', 'INL', 0.2, 'temperature of the valve covers'),
        ],
      },
      {
        tag: 'pressure',
        is: 'low',
        causes: [
          cause('leaks in the net', 'ELP', 0.5, 'running time at night'),
          cause('intake filter blocked', 'PLU', 0.3, 'pressure across the filter'),
          cause('valve or rotor worn', 'INL', 0.2, 'delivery against the name plate'),
        ],
      },
    ],
  },
  {
    class: 'hydraulic-unit',
    judges: ['bearing', 'rotor'],
    tags: ['pressure', 'oil-temperature', 'level', 'differential-pressure', 'flow'],
    symptoms: [
      {
        tag: 'pressure',
        is: 'low',
        causes: [
          cause('pump worn: leakage oil', 'INL', 0.4, 'flow of the case drain'),
          cause('relief valve sticks or is set low', 'PDE', 0.35, 'temperature behind the valve'),
          cause('outer leak', 'ELU', 0.25, 'level falls'),
        ],
      },
      {
        tag: 'differential-pressure',
        is: 'high',
        causes: [
          cause('filter blocked', 'PLU', 0.8, 'at working temperature'),
          cause('oil cold or wrong', 'PDE', 0.2, 'oil temperature'),
        ],
      },
      {
        tag: 'oil-temperature',
        is: 'high',
        causes: [
          cause('cooler dirty or without water', 'OHE', 0.5, 'temperature before and behind it'),
          cause('inner leakage', 'INL', 0.5, 'flow of the case drain, valve that stays warm'),
        ],
      },
      {
        tag: 'level',
        is: 'low',
        causes: [
          cause('outer leak', 'ELU', 0.9, 'hoses, fittings, rods'),
          cause('filled too low', 'SER', 0.1, 'log of the last service'),
        ],
      },
    ],
  },
  {
    class: 'heat-exchanger',
    judges: [],
    tags: ['differential-pressure', 'inlet-temperature', 'outlet-temperature', 'flow'],
    symptoms: [
      {
        tag: 'differential-pressure',
        is: 'high',
        causes: [cause('fouling', 'PLU', 0.7, 'rises slowly over weeks'), cause('debris', 'PLU', 0.3, 'rose at once')],
      },
      {
        tag: 'outlet-temperature',
        is: 'high',
        causes: [
          cause('fouling', 'PLU', 0.5, 'pressure across it'),
          cause('too little coolant', 'PDE', 0.5, 'flow, valve, pump'),
        ],
      },
    ],
  },
  {
    class: 'conveyor',
    judges: ['bearing', 'rotor'],
    tags: ['vibration', 'temperature', 'speed', 'current'],
    symptoms: [
      SHAKING,
      {
        tag: 'current',
        is: 'high',
        causes: [
          cause('jam or overload', 'OHE', 0.5, 'look along the belt'),
          cause('dragging idlers or brake', 'OHE', 0.3, 'temperature of idlers'),
          cause('belt off track', 'SER', 0.2, 'edges of the belt'),
        ],
      },
      {
        tag: 'speed',
        is: 'low',
        causes: [
          cause('belt slips', 'LOO', 0.6, 'speed of belt against that of the drum'),
          cause('drive', 'LOO', 0.4, 'frequency of the converter'),
        ],
      },
    ],
  },
];

/** The pack of a class of machines. */
export function packOf(kind: string | null): Pack | undefined {
  return packs.find((pack) => pack.class === kind);
}

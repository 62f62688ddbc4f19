/** What the two numbers of a finding are, in the words of a label. */
export interface Figures {
  readonly value: string;
  readonly limit: string;
  /** UCUM code; `1`: a bare number. `null`: that of the tag the finding is about. */
  readonly unit: string | null;
}

const MEASURED: Figures = { value: 'Value', limit: 'Limit', unit: null };
const STRENGTH: Figures = { value: 'Strength of the fault (1 is notable)', limit: 'Notable from', unit: '1' };
const SMOOTHED: Figures = { value: 'Smoothed value', limit: 'Edge of what is normal', unit: null };
const CHANGED: Figures = { value: 'Value', limit: 'Mean before the change', unit: null };

/** Of the detectors whose figures are not a value of the tag and a limit for it. */
const FIGURES: Readonly<Record<string, Figures>> = {
  expression: { value: 'Left side of the condition', limit: 'Right side of it', unit: '1' },
  stale: { value: 'Time without a reading', limit: 'Silent from', unit: 's' },
  flatline: { value: 'Value', limit: 'Counts as moving beyond', unit: null },
  'noise-death': { value: 'Scatter (standard deviation)', limit: 'Too still below', unit: null },
  'noise-rise': { value: 'Scatter (standard deviation)', limit: 'Too noisy above', unit: null },
  drift: { value: 'Value', limit: 'Edge of what the drives explain', unit: null },
  spike: { value: 'Value', limit: 'Edge of what came before', unit: null },
  step: { value: 'Value', limit: 'Edge of what came before', unit: null },
  'iso-zone': { value: 'Value', limit: 'Edge of the zone', unit: null },
  bearing: STRENGTH,
  rotor: STRENGTH,
  thermal: { value: 'Hotter than what it is compared with by', limit: 'Its class begins at', unit: 'K' },
  ewma: SMOOTHED,
  states: SMOOTHED,
  rate: { value: 'Value', limit: 'At the allowed rate it would be', unit: null },
  trend: { value: 'Value on the line', limit: 'At the allowed rate it would be', unit: null },
  forecast: { value: 'Value at the end of the line', limit: 'Limit', unit: null },
  cusum: { value: 'Mean since the shift', limit: 'Sums grow beyond', unit: null },
  'page-hinkley': CHANGED,
  'change-point': CHANGED,
  seasonal: { value: 'Value', limit: 'Edge of what is normal at this hour', unit: null },
  multivariate: { value: 'Value', limit: 'Edge of what was usual', unit: null },
  auto: { value: 'Value', limit: 'Edge of what is normal', unit: null },
};

/** What the figures of a detector's findings are. */
export function figuresOf(detect: string): Figures {
  return FIGURES[detect] ?? MEASURED;
}

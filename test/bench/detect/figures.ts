/** What the scorer writes of one set. */
export interface SetReport {
  readonly series: number;
  readonly rows: number;
  readonly sec: number;
  readonly unmatchedLines: number;
  readonly causal?: 'ok' | readonly { readonly id: string; readonly differ: number }[];
  readonly events: {
    readonly events: number;
    readonly detected: number;
    readonly falseAlarms: number;
    readonly faPerWeek: number;
    readonly faPer1000Rows: number;
    readonly medianLead: number | null;
    readonly chanceRecall: number | null;
  };
  readonly perSeries: readonly {
    readonly id: string;
    readonly falseAlarms: number;
    readonly events: readonly { readonly type: string; readonly detected: boolean; readonly leadH?: number }[];
  }[];
  readonly nabOwnAlarms?: { readonly standard: { readonly score: number; readonly fpRows: number } };
  readonly skab?: {
    readonly F1: number;
    readonly FAR: number;
    readonly MAR: number;
    readonly nab: { readonly Standard: number };
    readonly missedCP: number;
    readonly trueCP: number;
    readonly falseCP: number;
  };
  readonly tep?: readonly { readonly id: string; readonly FAR: number; readonly FDR: number | null }[];
}

/** What the judge of remaining life prints. */
export interface LifeReport {
  readonly missing: number;
  readonly coverage80: number;
  /** Loss beside that of a forecast that knows the age alone. */
  readonly ratio: number;
}

/** By set. */
export type Report = Readonly<Record<string, SetReport>>;

/** One line of the table: what was reached beside what was aimed at. */
export interface Figure {
  readonly set: string;
  readonly what: string;
  readonly reached: number;
  readonly aim: number;
  readonly is: 'at least' | 'at most';
  readonly digits: number;
}

type Wanted = Omit<Figure, 'set' | 'reached'> & { readonly of: (set: SetReport) => number };

const perWeek = (set: SetReport) => set.events.faPerWeek;
const recallPercent = ({ events: { events, detected } }: SetReport) => (100 * detected) / events;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const NONE = Number.NaN;

const FOUR_BEARINGS: readonly Wanted[] = [
  { what: 'lead before failure, h', is: 'at least', aim: 73, digits: 1, of: (set) => set.events.medianLead ?? NONE },
  { what: 'false alarms on four bearings', is: 'at most', aim: 0, digits: 0, of: (set) => set.events.falseAlarms },
];

const WANTED: Readonly<Record<string, readonly Wanted[]>> = {
  ims: FOUR_BEARINGS,
  shaft: FOUR_BEARINGS,
  femto: [
    { what: 'failures found, of 6', is: 'at least', aim: 6, digits: 0, of: (set) => set.events.detected },
    { what: 'false alarms', is: 'at most', aim: 2, digits: 0, of: (set) => set.events.falseAlarms },
    { what: 'median lead, h', is: 'at least', aim: 0.6, digits: 2, of: (set) => set.events.medianLead ?? NONE },
  ],
  skab: [
    { what: 'F1', is: 'at least', aim: 0.82, digits: 2, of: (set) => set.skab?.F1 ?? NONE },
    { what: 'false-alarm rate of rows, %', is: 'at most', aim: 15, digits: 1, of: (set) => set.skab?.FAR ?? NONE },
    { what: 'missed-alarm rate of rows, %', is: 'at most', aim: 20, digits: 1, of: (set) => set.skab?.MAR ?? NONE },
    { what: 'change points, NAB', is: 'at least', aim: 35, digits: 1, of: (set) => set.skab?.nab.Standard ?? NONE },
    { what: 'events found, of 16', is: 'at least', aim: 15, digits: 0, of: (set) => set.events.detected },
    { what: 'false alarms a 1000 rows', is: 'at most', aim: 0.5, digits: 2, of: (set) => set.events.faPer1000Rows },
  ],
  tep: [
    {
      what: 'detection rate of rows, %',
      is: 'at least',
      aim: 90,
      digits: 1,
      of: (set) => 100 * mean((set.tep ?? []).flatMap(({ FDR }) => (FDR === null ? [] : [FDR]))),
    },
    {
      what: 'false-alarm rate of rows, %',
      is: 'at most',
      aim: 1,
      digits: 2,
      of: (set) => 100 * mean((set.tep ?? []).map(({ FAR }) => FAR)),
    },
  ],
  ett: [{ what: 'alarms a week, healthy', is: 'at most', aim: 0.01, digits: 3, of: perWeek }],
  nab: [
    {
      what: 'NAB standard, own onsets',
      is: 'at least',
      aim: 65,
      digits: 1,
      of: (set) => set.nabOwnAlarms?.standard.score ?? NONE,
    },
    { what: 'events found, %', is: 'at least', aim: 80, digits: 0, of: recallPercent },
    { what: 'false alarms a sensor-week', is: 'at most', aim: 0.4, digits: 2, of: perWeek },
  ],
};

/** The figures of the sets that were judged. */
export function figuresOf(report: Report): Figure[] {
  return Object.entries(WANTED).flatMap(([name, wanted]) => {
    const set = report[name];
    return set === undefined ? [] : wanted.map(({ of, ...figure }) => ({ set: name, ...figure, reached: of(set) }));
  });
}

/** The figures of remaining life. */
export function lifeFigures(life: LifeReport | null): Figure[] {
  if (life === null) return [];
  const covered = {
    set: 'cmapss',
    what: 'coverage of the 80 % interval, %',
    reached: 100 * life.coverage80,
    digits: 1,
  };
  return [
    { ...covered, aim: 70, is: 'at least' },
    { ...covered, aim: 90, is: 'at most' },
    { set: 'cmapss', what: 'pinball loss / age alone', reached: life.ratio, aim: 0.4, is: 'at most', digits: 2 },
  ];
}

/** The table, and below it each set's series with what was missed and what was false. */
export function formatFigures(
  figures: readonly Figure[],
  report: Report,
  show: 'every series' | 'what went wrong',
): string {
  const lines = figures.map(({ set, what, reached, is, aim, digits }) => {
    const rounded = Number(reached.toFixed(digits));
    const isReached = is === 'at least' ? rounded >= aim : rounded <= aim;
    const goal = `${is === 'at least' ? '≥' : '≤'} ${aim}`;
    return `${set.padEnd(7)}${what.padEnd(34)}${reached.toFixed(digits).padStart(8)}  ${goal.padEnd(8)} ${isReached ? 'reached' : 'SHORT'}`;
  });
  const sets = Object.entries(report).flatMap(([name, set]) => ['', describe(name, set), ...sayMistakes(set, show)]);
  return [...lines, ...sets].join('\n');
}

function describe(name: string, { series, rows, sec, causal, unmatchedLines, events }: SetReport): string {
  const chance = events.chanceRecall === null ? '' : `, chance ${(100 * events.chanceRecall).toFixed(0)} %`;
  const order =
    causal === undefined
      ? ''
      : causal === 'ok'
        ? ', looks at no row ahead'
        : `, LOOKS AHEAD: ${causal.map(({ id }) => id).join(', ')}`;
  const lost = unmatchedLines > 0 ? `, ${unmatchedLines} LINES FIT NO ROW` : '';
  return (
    `${name}: ${series} series, ${rows} rows in ${sec.toFixed(1)} s${order}${lost}; events ${events.detected} of ${events.events}${chance}, ` +
    `${events.falseAlarms} false alarms`
  );
}

function sayMistakes({ perSeries }: SetReport, show: 'every series' | 'what went wrong'): string[] {
  return perSeries.flatMap(({ id, falseAlarms, events }) => {
    const missed = events.filter(({ detected }) => !detected).map(({ type }) => `missed: ${type}`);
    const found = events
      .filter(({ detected }) => detected)
      .map(({ type, leadH }) => `found: ${type}${leadH === undefined ? '' : `, ${leadH} h ahead`}`);
    if (show === 'what went wrong' && missed.length === 0 && falseAlarms === 0) return [];
    const wrong = falseAlarms === 0 ? [] : [`false alarms: ${falseAlarms}`];
    return [`  ${id}: ${[...found, ...missed, ...wrong].join('; ')}`];
  });
}

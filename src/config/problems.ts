import type { LineCounter } from 'yaml';

/** One thing that is wrong with a plant file, and where. */
export interface Problem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
  /** Where in the file's tree, e.g. `adapters.hall-plc.port`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** The way to a place in the file's tree. */
export type Path = readonly (string | number)[];

/** Something that is wrong, at a character of the text (counted from 0): a problem before it has a line and a column. */
export interface Complaint {
  readonly at: number;
  readonly path: Path;
  readonly message: string;
  readonly suggestion?: string | null;
}

/** Where the passes over one file put what they find. */
export interface Report {
  problem(complaint: Complaint): void;
  warning(complaint: Complaint): void;
  /** In the order of the file. */
  problems(): readonly Problem[];
  /** In the order of the file. */
  warnings(): readonly Problem[];
}

/** Begins a report on one file. */
export function createReport(file: string, lines: LineCounter): Report {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const placed = ({ at, path, message, suggestion }: Complaint): Problem => {
    const { line, col } = lines.linePos(Math.max(0, at));
    return {
      file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      path: sayPath(path),
      message,
      ...(suggestion ? { suggestion } : {}),
    };
  };
  return {
    problem: (complaint) => void problems.push(placed(complaint)),
    warning: (complaint) => void warnings.push(placed(complaint)),
    problems: () => sorted(problems),
    warnings: () => sorted(warnings),
  };
}

/** Writes a problem the way compilers do, so that editors can jump to it: `plant.yaml:12:7: unknown key …`. */
export function formatProblem({ file, line, column, message, suggestion }: Problem): string {
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  return `${file}:${line}:${column}: ${message}${hint}`;
}

/** Writes problems one a line. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('\n');
}

/** Writes a path: `assets.press-1.tags.vibration`, `adapters.sensors.map[0].topic`. */
export function sayPath(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

/** Says which setting is meant: `port in adapters.hall-plc`. */
export function saySetting(path: Path): string {
  const cut = path.findLastIndex((part) => typeof part === 'string');
  if (cut <= 0) return sayPath(path) || 'the plant file';
  return `${sayPath(path.slice(cut))} in ${sayPath(path.slice(0, cut))}`;
}

/** Whether the value there is never repeated in a message, whatever was written. */
export function isSecret(path: Path): boolean {
  return /password|secret|token|credential/i.test(String(path.at(-1)));
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

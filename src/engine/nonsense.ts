import type { Verdict } from '../../rules/detector.ts';

/** What is wrong with a verdict that no detector may give, `null` when nothing is: its rule is switched off. */
export function nonsenseOf(verdict: Verdict | null | undefined): string | null {
  switch (verdict?.state) {
    case 'unknown':
      return null;
    case 'normal':
      return scoreOf(verdict.score);
    case 'abnormal':
      return scoreOf(verdict.score) ?? findingOf(verdict.finding);
  }
  return `it answered ${JSON.stringify(verdict)}, which is no verdict`;
}

function scoreOf(score: number): string | null {
  return score >= 0 && score <= 1 ? null : `its score is ${score}, not from 0 to 1`;
}

function findingOf(finding: Partial<Extract<Verdict, { state: 'abnormal' }>['finding']> | undefined): string | null {
  if (typeof finding?.explanation !== 'string') return 'it found something and did not say what';
  const { value, limit } = finding;
  if (typeof value !== 'number' || Number.isNaN(value)) return `the value it found is ${value}`;
  if (typeof limit !== 'number' || Number.isNaN(limit)) return `the limit it found exceeded is ${limit}`;
  return null;
}

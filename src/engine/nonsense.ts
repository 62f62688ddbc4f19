import type { RemainingLife, Verdict } from '../../rules/detector.ts';

/** What is wrong with a verdict that no detector may give, `null` when nothing is: its rule is switched off. */
export function nonsenseOf(verdict: Verdict | null | undefined): string | null {
  switch (verdict?.state) {
    case 'unknown':
      return null;
    case 'normal':
      return scoreOf(verdict.score);
    case 'abnormal':
      return scoreOf(verdict.score) ?? findingOf(verdict.finding) ?? lifeOf(verdict.rul);
  }
  return `it answered ${JSON.stringify(verdict)}, which is no verdict`;
}

function scoreOf(score: number): string | null {
  return score >= 0 && score <= 1 ? null : `its score is ${score}, not from 0 to 1`;
}

function lifeOf(rul: RemainingLife | undefined): string | null {
  if (rul === undefined) return null;
  const { p10, p50, p90 } = rul;
  const isTime = [p10, p50, p90].every((hours) => Number.isFinite(hours) && hours >= 0);
  return isTime ? null : `the hours it says are left are ${p10}, ${p50} and ${p90}`;
}

function findingOf(finding: Partial<Extract<Verdict, { state: 'abnormal' }>['finding']> | undefined): string | null {
  if (typeof finding?.explanation !== 'string') return 'it found something and did not say what';
  const { value, limit } = finding;
  if (typeof value !== 'number' || Number.isNaN(value)) return `the value it found is ${value}`;
  if (typeof limit !== 'number' || Number.isNaN(limit)) return `the limit it found exceeded is ${limit}`;
  return null;
}

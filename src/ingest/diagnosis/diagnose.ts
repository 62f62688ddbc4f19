import { sayDuration } from '../../model/duration.ts';
import type { SourceFacts } from './facts.ts';
import { sayLinkTrouble } from './link-words.ts';
import type { SayTime } from './say.ts';
import { sayStreamTroubles } from './stream-words.ts';
import { isSilent, sayAnswers, sayUnitTroubles } from './unit-words.ts';

/** What is wrong with a source, what works beside it, and where to look first. */
export interface Diagnosis {
  /** False when a sentence names something to be done. */
  readonly isWell: boolean;
  /** One finding each, the worst first; never empty. Times are the plant's. */
  readonly sentences: readonly string[];
}

/** A link that broke less often in ten minutes has only broken. */
const FLAPPING_BREAKS = 3;

/** Says in words how a source is. */
export function diagnose(facts: SourceFacts, sayTime: SayTime): Diagnosis {
  const troubles = [...linkTroubles(facts, sayTime), ...sayStreamTroubles(facts, sayTime)];
  return troubles.length > 0
    ? { isWell: false, sentences: troubles }
    : { isWell: facts.status.state !== 'stopped', sentences: [sayWell(facts, sayTime), ...sayCorrected(facts)] };
}

/** What is set right here is nothing to be done, and still worth knowing. */
function sayCorrected({ arrivals: { correctedMs } }: SourceFacts): string[] {
  if (correctedMs === 0) return [];
  const where = correctedMs > 0 ? 'ahead of' : 'behind';
  return [`its clock is ${sayDuration(Math.abs(correctedMs))} ${where} ours, which is corrected (\`clock: correct\`)`];
}

function linkTroubles(facts: SourceFacts, sayTime: SayTime): string[] {
  const { status, breaks, now } = facts;
  const flapping =
    breaks && breaks.count >= FLAPPING_BREAKS
      ? [
          `the link comes and goes: it broke ${breaks.count} times since ${sayTime(breaks.since, now)}, last at ` +
            `${sayTime(breaks.last, now)}: check cable and power, and that no second client uses the same name or session`,
        ]
      : [];
  switch (status.state) {
    case 'connecting':
    case 'waiting':
      return status.lastError ? [sayLinkTrouble(facts, sayTime), ...flapping] : [];
    case 'up':
      return [...flapping, ...sayUnitTroubles(facts, sayTime)];
    case 'listening':
    case 'stopped':
      return [];
  }
}

function sayWell(facts: SourceFacts, sayTime: SayTime): string {
  const { status, arrivals, now, units } = facts;
  const time = (at: number) => sayTime(at, now);
  const what = arrivals.lastWhat === 'readings' ? 'readings' : 'waveform or frame';
  const readings = arrivals.last === null ? 'no readings yet' : `last ${what} at ${time(arrivals.last)}`;
  switch (status.state) {
    case 'connecting':
    case 'waiting':
      return `connecting since ${time(status.since)}`;
    case 'up': {
      const heard = units.filter((unit) => !isSilent(unit, facts) && !unit.onlyComplains);
      const answers = heard.length > 0 ? `${sayAnswers(heard)}, ` : '';
      return `all good: connected since ${time(status.since)}, ${answers}${readings}`;
    }
    case 'listening':
      return arrivals.last === null
        ? `nothing has been pushed since ${time(status.since)}`
        : `all good: last pushed at ${time(arrivals.last)}`;
    case 'stopped':
      return `stopped since ${time(status.since)}`;
  }
}

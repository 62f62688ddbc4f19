import type { AlertMemory } from '../../rules/alert-state.ts';
import type { Finding } from '../model/alert.ts';
import type { Watch } from './compile.ts';

type Saying = Pick<Watch, 'detector' | 'config' | 'subject'>;

/** A finding as people are told of it: a detector may have left the sentence for when it is wanted. */
export function inWords(finding: Finding | null, { detector, config, subject }: Saying): Finding | null {
  if (finding === null || finding.explanation !== '' || detector.say === undefined) return finding;
  return { ...finding, explanation: detector.say(finding, config, subject) };
}

/** What an alert remembers, as it is saved: read without the detector, and by a version whose detector has other words or none. */
export function memoryInWords(memory: AlertMemory, watch: Saying): AlertMemory {
  const finding = inWords(memory.finding, watch);
  return finding === memory.finding ? memory : { ...memory, finding };
}

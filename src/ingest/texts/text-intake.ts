import type { Batch } from '../../model/batch.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { LogInlet } from '../log/inlet.ts';
import type { CameText } from '../normalise.ts';
import { type JudgedTexts, judgeTexts, type TextContext, type TextReading } from './judge-texts.ts';

/** No texts: nearly every batch. */
const NOTHING: JudgedTexts = { kept: [], refused: [], unchanged: [] };

/** What judging the texts of one source needs. */
export type TextIntakeContext = Pick<TextContext, 'source' | 'tags' | 'rates' | 'keepMs'> & {
  /** Whether any durable reading of a tag had a number: the newest may be bad, as it is when a text was refused or a link broke. */
  readonly hadNumber: (tag: string) => boolean;
  readonly log: Pick<LogInlet, 'tagName'>;
};

/** Judges the texts of one source's batches, and remembers what its tags with a deadband said last. */
export class TextIntake {
  readonly #context: TextIntakeContext;
  readonly #lastLogged = new Map<string, TextReading>();

  constructor(context: TextIntakeContext) {
    this.#context = context;
  }

  /** Judges texts that came together with the numbers of `batch`. */
  judge(came: readonly CameText[], { now, batch }: { readonly now: EpochMs; readonly batch: Batch }): JudgedTexts {
    if (came.length === 0) return NOTHING;
    const { hadNumber, log } = this.#context;
    const numbers = new Set<number>();
    batch.tag.forEach((id, row) => {
      if (!Number.isNaN(batch.value[row]!)) numbers.add(id);
    });
    const names = new Set([...numbers].map((id) => log.tagName(id)));
    const hasNumbers = (tag: string) => names.has(tag) || hadNumber(tag);
    return judgeTexts(came, { ...this.#context, now, hasNumbers, lastLogged: this.#lastLogged });
  }

  /** Only what is durable may hold back what comes later: a refused batch is sent again. */
  logged(texts: readonly TextReading[]): void {
    for (const reading of texts) {
      if (!this.#context.tags.find(reading.tag)?.deadband || reading.historical) continue;
      if (reading.at >= (this.#lastLogged.get(reading.tag)?.at ?? reading.at))
        this.#lastLogged.set(reading.tag, reading);
    }
  }
}

import { ConfigError } from '../../../src/model/errors.ts';
import { createRandom, type Random } from '../model/random.ts';
import type { InjectedFault, PeerOptions } from './peer.ts';

/** How often a kind of fault happens: its share of the occasions, 0 to 1. */
export interface FaultRate {
  readonly kind: string;
  readonly rate: number;
}

/** Reads `KIND:RATE` and throws `option_invalid` when the kind is none of `known`, or all rates together exceed 1. */
export function parseFaults(texts: readonly string[], known: readonly string[]): FaultRate[] {
  const faults = texts.map((text) => {
    const [kind = '', rateText = '', ...rest] = text.split(':');
    const rate = Number(rateText);
    if (rest.length > 0 || rateText === '' || !(rate >= 0 && rate <= 1)) {
      throw new ConfigError(
        'option_invalid',
        `--fault ${text}: write KIND:RATE with a rate from 0 to 1, e.g. ${known[0]}:0.05`,
      );
    }
    if (!known.includes(kind)) {
      throw new ConfigError(
        'option_invalid',
        `--fault ${text}: there is no fault "${kind}"; there are ${known.join(', ')}`,
      );
    }
    return { kind, rate };
  });
  const sum = faults.reduce((total, { rate }) => total + rate, 0);
  if (sum > 1)
    throw new ConfigError('option_invalid', `the rates of all faults add up to ${sum}, which is more than 1`);
  return faults;
}

/** Decides at each occasion whether something goes wrong. */
export interface FaultPlan {
  /** One more occasion: the kind of fault, or `null`. What is drawn is reported. */
  draw(on: string): string | null;
  /** For what else is left to chance. */
  readonly random: Random;
}

/** Makes a plan: one draw an occasion, so that the same seed and the same occasions give the same faults. */
export function planFaults({ seed, faults, report }: Pick<PeerOptions, 'seed' | 'faults' | 'report'>): FaultPlan {
  const random = createRandom(seed);
  const details = createRandom(seed + 1); // of its own: how a fault looks must not move the next draw
  let n = 0;
  return {
    random: details,
    draw(on) {
      n++;
      const drawn = random.next();
      let below = 0;
      for (const { kind, rate } of faults) {
        below += rate;
        if (drawn >= below) continue;
        report({ fault: kind, n, on } satisfies InjectedFault);
        return kind;
      }
      return null;
    },
  };
}

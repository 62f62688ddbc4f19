/** An explanation in two parts: what is wrong, and what speaks for it. */
export interface Explanation {
  readonly headline: string;
  readonly evidence: readonly string[];
}

/** Takes an explanation apart where its rule has put semicolons: the first part is what a technician needs at a glance. */
export function partsOf(explanation: string): Explanation {
  const [headline = '', ...evidence] = explanation.split('; ');
  return { headline, evidence };
}

/** An explanation in two parts: what is wrong, and what speaks for it. */
export interface Explanation {
  readonly headline: string;
  readonly evidence: readonly string[];
}

/** How to tell a cause from others is one piece, whatever stands in it. */
const TELLING = '; to tell it apart: ';
/** A semicolon that no parenthesis is around: the next one is opened before it is closed. */
const BETWEEN = /; (?![^(]*\))/;

/** Takes an explanation apart where its rule has put semicolons: the first part is what a technician needs at a glance. */
export function partsOf(explanation: string): Explanation {
  const tellingAt = explanation.indexOf(TELLING);
  const telling = tellingAt === -1 ? [] : [explanation.slice(tellingAt + 2)];
  const [headline = '', ...evidence] = explanation.slice(0, tellingAt === -1 ? undefined : tellingAt).split(BETWEEN);
  return { headline, evidence: [...evidence, ...telling] };
}

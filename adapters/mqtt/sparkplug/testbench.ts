import sparkplug from 'sparkplug-payload';

const codec = sparkplug.get('spBv1.0');

type Encode = NonNullable<typeof codec>['encodePayload'];
/** A payload in the words of the encoder that is not ours. For tests. */
export type Given = Parameters<Encode>[0];
/** A metric in those words. For tests. */
export type GivenMetric = NonNullable<Given['metrics']>[number];

/** Encodes with the Tahu project's encoder. For tests. */
export function encode(payload: Given): Uint8Array {
  if (codec === null) throw new Error('sparkplug-payload knows no spBv1.0');
  return codec.encodePayload(payload);
}

import { Type } from 'typebox';

/** The setting `minSigma`: a tag that hardly moved while its scatter was learnt must not alarm at its next digit. */
export const minSigma = (of: 'standard deviation' | 'learnt standard deviation' | 'robust standard deviation') =>
  Type.Number({
    minimum: 0,
    default: 0,
    description: `Floor of the ${of}, tag unit: the resolution of the sensor.`,
    examples: [0.1],
  });

import type { DetectorPicture } from '../../src/model/tag-picture.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import type { AtWork } from '../picture.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { FINDING_WIDTHS, type MultivariateConfig, type MultivariateState } from './index.ts';

/** What was usual of one tag by itself; what is judged is whether the tags fit each other, within that as well. */
export function drawMultivariate({
  config,
  state,
  subject,
  input,
}: AtWork<MultivariateConfig, MultivariateState>): DetectorPicture {
  const model = state?.model ?? null;
  if (model === null) {
    const rows = state?.sums?.count ?? 0;
    return { ...EMPTY_PICTURE, state: 'learning', says: `learning: ${rows} of ${config.learn} values` };
  }
  const [mean, width] = [model.mean[input], model.width[input]];
  if (mean === undefined || width === undefined || width === 0)
    return { ...EMPTY_PICTURE, says: 'did not move while it was learnt, and is not judged' };
  const half = FINDING_WIDTHS * width;
  const said = (number: number) => withUnit(sayNumber(number), subject.inputs?.[input]?.unit ?? subject.unit);
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    everyMs: config.every,
    normalAt: (inputs) => {
      const value = inputs[input] ?? Number.NaN;
      return Number.isFinite(value) ? { value, expected: mean, low: mean - half, high: mean + half } : null;
    },
    says: `${said(mean)} ± ${said(half)} was usual of this tag alone; judged is whether the ${model.mean.length} tags fit each other (learnt from ${model.rows} values)`,
  };
}

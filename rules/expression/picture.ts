import type { DetectorPicture } from '../../src/model/tag-picture.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import type { AtWork } from '../picture.ts';
import type { ExpressionConfig } from './index.ts';

/** A comparison of what a tag reads, or of a mean or extreme of it, with a number: what lies on the tag's own chart. */
const COMPARISON =
  /^[\s(]*(?:tag|avg|min|max)\(\s*"(?<tag>[^"]+)"\s*(?:,[^()]*(?:\([^()]*\))?[^()]*)?\)\s*(?:<=|>=|<|>)\s*(?<limit>-?\d+(?:\.\d+)?)(?=\s*(?:$|\)|&&|\|\|))/;

/** The number that the first comparison of the condition has on its right, on the chart of the tag on its left. */
export function drawExpression({ config, subject, input }: AtWork<ExpressionConfig>): DetectorPicture {
  const tag = subject.inputs?.[input]?.tag ?? subject.tag;
  const found = COMPARISON.exec(config.alarm ?? '')?.groups;
  if (found?.['tag'] !== tag) return EMPTY_PICTURE;
  const value = Number(found['limit']);
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    limits: [{ level: null, value, leftAt: value }],
    says: config.says ?? config.alarm,
  };
}

import { describe, expect, it } from 'vitest';
import { compileCondition } from './expression.ts';

const refused = (text: string) => {
  const found = compileCondition(text, { tags: () => true });
  if (found.ok) throw new Error(`is taken: ${text}`);
  return found;
};

describe('what another language would write is told where it stands, with what to write:', () => {
  it.each([
    ['tag("a.b") > 1.0 and tag("a.c") > 2.0', 17, '"and" is written &&'],
    ['tag("a.b") > 1.0 AND tag("a.c") > 2.0', 17, '"AND" is written &&'],
    ['tag("a.b") > 1.0 or tag("a.c") > 2.0', 17, '"or" is written ||'],
    ['not (tag("a.b") > 1.0)', 0, '"not" is written !'],
    ['tag("a.c") > 1.0 && not tag("a.b") > 1.0', 20, '"not" is written !'],
    ['tag("a.b") = 1.0', 11, '"=" is written =='],
    ['tag("a.b") <> 1.0', 11, '"<>" is written !='],
    ['tag("a.b") => 1.0', 11, '"=>" is written >='],
    ['tag("a.b") =< 1.0', 11, '"=<" is written <='],
    ['tag("a.b") ≥ 1.0', 11, '"≥" is written >='],
    ['tag("a.b") > 1.0 & tag("a.c") > 2.0', 17, '"&" is written &&'],
    ['tag("a.b") > 1.0 | tag("a.c") > 2.0', 17, '"|" is written ||'],
    ['tag("a.b") > 80,5', 13, '"80,5" has a comma: a decimal has a point, 80.5'],
    ['tag(“a.b”) > 1.0', 4, '"“" is no quotation mark here'],
    ['tag("a.b") between 1.0 and 2.0', 11, '"between" is written as two comparisons'],
    ['tag("a.b") > 1.0 == TRUE', 20, '"TRUE" is written true'],
    ['1.0 < tag("a.b") < 2.0', 0, '"<" does not go between true or false and a number: write a < b && b < c'],
  ])('%s', (text, offset, message) => {
    const { message: said, offset: at } = refused(text);
    expect(said).toContain(message);
    expect(at).toBe(offset);
  });

  it('but not where it stands in quotes, or far from what is wrong', () => {
    expect(compileCondition('tag("a and b") > 1.0', { tags: () => true }).ok).toBe(true);
    expect(refused('tag("a=b") > 1.0 &&').message).toBe('ends too early');
  });
});

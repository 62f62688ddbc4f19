import { expect, it } from 'vitest';
import { CaptureWatch } from './capture-watch.ts';

const looks = (watch: CaptureWatch, n: number) => Array.from({ length: n }, () => watch.isHung());

it('a thread hangs that is at one capture for a minute, and not one that gets on, or rests', () => {
  const watch = new CaptureWatch();
  expect(looks(watch, 200)).not.toContain(true);
  for (let end = 1; end < 10; end++) {
    watch.began(end);
    expect(looks(watch, 59)).not.toContain(true);
  }
  expect(looks(watch, 100).filter((isHung) => isHung)).toHaveLength(1);
  watch.ended();
  expect(looks(watch, 200)).not.toContain(true);
});

it('the capture that a thread ended at is given up, until it is passed', () => {
  const watch = new CaptureWatch();
  watch.died();
  expect(watch.givenUp()).toEqual([]);
  watch.began(10);
  watch.ended();
  watch.died();
  expect(watch.givenUp()).toEqual([]);
  watch.began(20);
  watch.died();
  watch.began(30);
  watch.died();
  expect(watch.givenUp()).toEqual([20, 30]);
  watch.passed(20);
  expect(watch.givenUp()).toEqual([30]);
});

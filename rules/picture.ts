import type { DetectorPicture } from '../src/model/tag-picture.ts';
import { drawAuto } from './auto/picture.ts';
import { drawCusum } from './cusum/picture.ts';
import type { Subject } from './detector.ts';
import { EMPTY_PICTURE } from './empty-picture.ts';
import { drawEwma } from './ewma/picture.ts';
import { drawExpression } from './expression/picture.ts';
import { drawFeature } from './features/picture.ts';
import { drawForecast } from './forecast/picture.ts';
import { drawIsoZone } from './iso-zone/picture.ts';
import { drawLimit } from './limit/picture.ts';
import { drawMultivariate } from './multivariate/picture.ts';
import { drawPageHinkley } from './page-hinkley/picture.ts';
import { drawRange } from './range/picture.ts';
import { drawSeasonal } from './seasonal/picture.ts';
import { drawStates } from './states/picture.ts';
import { drawThermal } from './thermal/picture.ts';

/** One detector at work on one of its inputs. */
export interface AtWork<C = never, S = never> {
  readonly config: C;
  /** As it was saved; `null`: it has judged nothing yet. */
  readonly state: S | null;
  /** With all of its inputs, whether it joins them or not. */
  readonly subject: Subject;
  /** Which of `subject.inputs` the picture is of; 0 for a detector of one tag. */
  readonly input: number;
}

/** Draws what a detector of this kind sees on a tag, from its settings and its memory alone. Throws nothing. */
export function drawDetector(kind: string, { config, state, ...rest }: AtWork<unknown, unknown>): DetectorPicture {
  const draw = DRAWN.get(kind);
  // The rule names its detector, and only that one has written its settings and its memory.
  return draw ? draw({ config: config as never, state: state as never, ...rest }) : EMPTY_PICTURE;
}

const DRAWN: ReadonlyMap<string, (atWork: AtWork) => DetectorPicture> = new Map<
  string,
  (atWork: AtWork) => DetectorPicture
>([
  ['limit', drawLimit],
  ['range', drawRange],
  ['iso-zone', drawIsoZone],
  ['ewma', drawEwma],
  ['auto', drawAuto],
  ['forecast', drawForecast],
  ['cusum', drawCusum],
  ['page-hinkley', drawPageHinkley],
  ['seasonal', drawSeasonal],
  ['states', drawStates],
  ['multivariate', drawMultivariate],
  ['thermal', drawThermal],
  ['bearing', drawFeature],
  ['rotor', drawFeature],
  ['expression', drawExpression],
]);

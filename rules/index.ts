import { auto } from './auto/index.ts';
import { bearing } from './bearing/index.ts';
import { changePoint } from './change-point/index.ts';
import { cusum } from './cusum/index.ts';
import type { Detector } from './detector.ts';
import { drift } from './drift/index.ts';
import { ewma } from './ewma/index.ts';
import { expression } from './expression/index.ts';
import { flatline } from './flatline/index.ts';
import { forecast } from './forecast/index.ts';
import { isoZone } from './iso-zone/index.ts';
import { limit } from './limit/index.ts';
import { multivariate } from './multivariate/index.ts';
import { noiseDeath } from './noise-death/index.ts';
import { noiseRise } from './noise-rise/index.ts';
import { pageHinkley } from './page-hinkley/index.ts';
import { range } from './range/index.ts';
import { rate } from './rate/index.ts';
import { rotor } from './rotor/index.ts';
import { seasonal } from './seasonal/index.ts';
import { spike } from './spike/index.ts';
import { stale } from './stale/index.ts';
import { states } from './states/index.ts';
import { step } from './step/index.ts';
import { thermal } from './thermal/index.ts';
import { trend } from './trend/index.ts';

/** Every detector there is: one line each, in the order the reference lists them. */
export const detectors: readonly Detector[] = [
  limit,
  expression,
  stale,
  flatline,
  range,
  spike,
  step,
  noiseDeath,
  noiseRise,
  drift,
  isoZone,
  bearing,
  rotor,
  thermal,
  ewma,
  rate,
  cusum,
  pageHinkley,
  changePoint,
  seasonal,
  states,
  trend,
  forecast,
  multivariate,
  auto,
];

/** Finds the detector that a rule names after `detect:`. */
export function detectorOf(kind: string): Detector | undefined {
  return detectors.find((detector) => detector.kind === kind);
}

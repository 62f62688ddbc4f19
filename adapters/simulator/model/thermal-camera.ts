import { createRandom, mixSeed } from './random.ts';
import { CYCLE_MS } from './script.ts';

/** The thermal camera before the motor control panel: what the plant file says of it, and when it takes a picture. */
export const CAMERA = {
  asset: 'panel-1',
  name: 'Motor control panel',
  signal: 'camera',
  load: 'load',
  rule: 'panel-1-l2',
  /** Pixels. */
  width: 60,
  height: 40,
  /** From one picture to the next. */
  periodMs: 10_000,
  /** One terminal of each phase. */
  regions: [
    { name: 'l1', x: 6, y: 12, width: 12, height: 16 },
    { name: 'l2', x: 24, y: 12, width: 12, height: 16 },
    { name: 'l3', x: 42, y: 12, width: 12, height: 16 },
  ],
} as const;

/** Air before the panel, °C. */
const AIR = 24;
/** A sound terminal over the air at full load, K. */
const SOUND_K = 18;
/** What the loose screw of L2 adds at full load, K: of the worst class at any load. */
const LOOSE_K = 28;
/** Over so long the screw works loose. */
const LOOSENING_MS = 40_000;
const REPAIRED_MS = 450_000;
/** The load swings between these, %, once in so long: the picture alone says little. */
const LOAD = { least: 55, most: 90, everyMs: 90_000 };
/** How far heat is seen around a terminal, pixels. */
const SPREAD = 4;
/** Noise of the camera, K. */
const NOISE_K = 0.05;

/** When in its cycle the screw of L2 begins to work loose, ms. */
export function loosensAt(seed: number, cycle: number): number {
  return createRandom(mixSeed(seed, cycle, 0x7a)).between(40_000, 70_000);
}

/** Load of the panel, % of rated. */
export function panelLoad(atMs: number): number {
  const swing = 0.5 + 0.5 * Math.sin((2 * Math.PI * atMs) / LOAD.everyMs);
  return LOAD.least + (LOAD.most - LOAD.least) * swing;
}

/**
 * Takes a picture, `Float32Array[CAMERA.width * CAMERA.height]`, °C, row by row from the top left. Heat goes with the square of the load. A
 * function of seed and time alone. O(pixels).
 */
export function takePicture(seed: number, atMs: number): Float32Array {
  const { width, height, regions } = CAMERA;
  const random = createRandom(mixSeed(seed, Math.floor(atMs / CAMERA.periodMs)));
  const celsius = new Float32Array(width * height);
  for (let i = 0; i < celsius.length; i++) {
    const radius = NOISE_K * Math.sqrt(-2 * Math.log(1 - random.next())); // 1 − u is never 0
    celsius[i] = AIR + radius * Math.cos(2 * Math.PI * random.next());
  }
  const share = (panelLoad(atMs) / 100) ** 2;
  for (const region of regions) {
    const fullK = SOUND_K + (region.name === 'l2' ? looseK(seed, atMs) : 0);
    addHeat(celsius, { x: region.x + region.width / 2, y: region.y + region.height / 2, kelvin: fullK * share });
  }
  return celsius;
}

/** What the screw of L2 adds at full load, K. */
function looseK(seed: number, atMs: number): number {
  const cycle = Math.max(0, Math.floor(atMs / CYCLE_MS));
  const inCycle = atMs - cycle * CYCLE_MS;
  if (inCycle >= REPAIRED_MS) return 0;
  const loose = (inCycle - loosensAt(seed, cycle)) / LOOSENING_MS;
  return LOOSE_K * Math.min(1, Math.max(0, loose));
}

function addHeat(
  celsius: Float32Array,
  { x, y, kelvin }: { readonly x: number; readonly y: number; readonly kelvin: number },
): void {
  const { width, height } = CAMERA;
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const squared = (column - x) ** 2 + (row - y) ** 2;
      celsius[row * width + column]! += kelvin * Math.exp(-squared / (2 * SPREAD * SPREAD));
    }
}

import { parentPort } from 'node:worker_threads';
import { type FeaturedFrame, frameFeatures } from '../../rules/features/frame-features.ts';
import type { FramePoint } from '../model/measuring-point.ts';

/** A thermal frame and what is watched on it. */
export interface FrameToRead {
  readonly frame: FeaturedFrame;
  readonly point: FramePoint;
}

// Started only by wiring/pictures.ts, which gives the frame.
parentPort?.on('message', ({ frame, point }: FrameToRead) => {
  parentPort?.postMessage(frameFeatures(frame, point));
});

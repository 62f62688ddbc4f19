import { describe, expect, it } from 'vitest';
import type { FeatureValues } from '../../rules/features/waveform-features.ts';
import { Apart } from './apart.ts';
import type { FrameToRead } from './frame-worker.ts';

const frame = (hot: number): FrameToRead => ({
  frame: { width: 3, height: 3, celsius: new Float32Array(9).fill(hot) },
  point: { kind: 'thermalFrame', id: 'panel', tag: 'panel.camera', regions: [] },
});

describe('what is worked out apart', () => {
  it('comes in its order from one thread, and goes on after something that cannot be worked out', async () => {
    const frames = new Apart<FrameToRead, FeatureValues>('frame-worker');
    const broken = { ...frame(1), point: null } as never;
    const [first, failed, second] = await Promise.allSettled([
      frames.workOut(frame(60)),
      frames.workOut(broken),
      frames.workOut(frame(70)),
    ]);
    expect(first).toMatchObject({ status: 'fulfilled' });
    expect(failed).toMatchObject({ status: 'rejected', reason: expect.any(TypeError) });
    expect(second).toMatchObject({ status: 'fulfilled' });
    expect(await frames.workOut(frame(70))).toEqual(second.status === 'fulfilled' && second.value);
    expect(first).not.toEqual(second);
  });
});

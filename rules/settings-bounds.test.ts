import { describe, expect, it } from 'vitest';
import { detectors } from './index.ts';

interface Field {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

/** Larger than anybody needs, and than a state could keep one value each of. */
const HUGE = 1_000_000_000;
const READINGS = 2_000;
/** What a state may take for one tag however its settings are, bytes of JSON; it is copied for each checkpoint. */
const MAX_STATE = 20_000;

describe('the settings of a detector', () => {
  it.each(detectors.map((detector) => [detector.kind, detector] as const))(
    '%s: keeps a bounded state also where every whole number and time is as large as is allowed',
    (_, detector) => {
      const fields = Object.entries((detector.config as unknown as { properties: Record<string, Field> }).properties); // objects all
      const config = Object.fromEntries(
        fields.flatMap(([name, { type, maximum, default: usual }]) => {
          if (type === 'integer') return [[name, maximum ?? HUGE]];
          return usual === undefined
            ? []
            : [[name, typeof usual === 'string' && /^\d+[smhd]$/.test(usual) ? HUGE * 1_000 : usual]];
        }),
      ) as never; // checked settings are of a type that only the detector knows
      const subject = { tag: 'pump.vibration', unit: 'mm/s', inputs: [{ tag: 'pump.vibration', unit: 'mm/s' }] };
      const state = detector.init(config);
      for (let i = 0; i < READINGS; i++) {
        detector.step(state, i * 1_000, Float64Array.of(Math.sin(i) + i / 1_000, 1, 1), config, subject);
      }
      expect(JSON.stringify(state).length).toBeLessThan(MAX_STATE);
    },
  );
});

import { adapters } from '../../../../adapters/index.ts';
import type { Life } from '../../../../adapters/simulator/life/life.ts';
import { SLOW_SIGNALS } from '../../../../adapters/simulator/life/signals.ts';
import { STEP_MS } from '../../../../adapters/simulator/life/time-line.ts';
import { detectors } from '../../../../rules/index.ts';
import { loadPlant } from '../../../../src/config/load.ts';
import { formatProblem } from '../../../../src/config/problems.ts';
import { type Episode, EpisodeBook } from '../../../../src/engine/backtest/episodes.ts';
import { type HistoryRows, Replay } from '../../../../src/engine/backtest/replay.ts';
import { compilePlan } from '../../../../src/engine/compile.ts';
import type { Plant } from '../../../../src/model/plant.ts';

/** Less than the pause that the engine would take for its own absence, and a part of a minute. */
const TICK_MS = 7_500;
const MAX_EPISODES = 20_000;
const BAD = 2;

/** Reads a plant file of text; throws with all that is wrong with it. */
export function plantOf(text: string): Plant {
  const loaded = loadPlant({
    text,
    file: 'study.yaml',
    adapters,
    detectors,
    env: {},
    readSecret: () => '',
    secrets: 'unchecked',
  });
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.plant;
}

/** Ids of the rules that only say that a limit was reached. */
export function limitRulesOf({ rules }: Plant): ReadonlySet<string> {
  return new Set(rules.filter(({ detect }) => detect === 'limit').map(({ id }) => id));
}

/** After this long somebody has seen an alert: one that nobody sees is raised again without its on-delay. */
const SEEN_AFTER_MS = 30 * 60_000;

/**
 * Plays a life to the rules of a plant as a back-test plays history; `beganAt` is the time of its first step. Answers the alerts.
 * A sensor that is dead comes as a bad reading in one of two lives, by the parity of `seed`, and not at all in the other.
 */
export function replayLife(
  life: Life,
  plant: Plant,
  { seed, beganAt }: { readonly seed: number; readonly beganAt: number },
): readonly Episode[] {
  const book = new EpisodeBook({ from: beganAt, most: MAX_EPISODES });
  const unseen = new Map<string, number>();
  const replay = new Replay({
    plans: [
      {
        plan: compilePlan(plant),
        onTransition: (transition) => {
          const { finding, rul = null, alert, at, effect } = transition;
          const { value = null, limit = null, explanation = null } = finding ?? {};
          book.take({ ...transition, value, limit, explanation, rul });
          if (effect.startsWith('raised')) unseen.set(alert, at + SEEN_AFTER_MS);
        },
      },
    ],
    names: new Map(SLOW_SIGNALS.map(({ tag }, id) => [id, tag])),
    from: beganAt,
    links: [],
    tickMs: TICK_MS,
  });
  const steps = stepsOf(life);
  for (let i = 0; i < steps; i++) {
    const at = beganAt + i * STEP_MS;
    replay.rows(rowsOf(life, i, { at, isSilent: seed % 2 === 0 }));
    const seen = [...unseen].filter(([, seenAt]) => seenAt <= at).map(([alert]) => alert);
    if (seen.length > 0) replay.reached(at + 1);
    for (const alert of seen) {
      unseen.delete(alert);
      replay.command({ kind: 'acknowledge', commandId: `${alert}-${i}`, alert, at: at + 1, by: 'technician' });
    }
  }
  replay.reached(beganAt + steps * STEP_MS);
  const failed = replay.parked[0]!;
  if (failed.length > 0) throw new Error(`rule ${failed[0]!.rule} failed on ${failed[0]!.tag}: ${failed[0]!.reason}`);
  return book.finish();
}

function stepsOf({ readings }: Life): number {
  return readings.get(SLOW_SIGNALS[0]!.tag)!.length;
}

function rowsOf(
  { readings }: Life,
  step: number,
  { at, isSilent }: { readonly at: number; readonly isSilent: boolean },
): HistoryRows {
  const values = SLOW_SIGNALS.map(({ tag }) => readings.get(tag)![step]!);
  const there = values.flatMap((value, id) => (isSilent && Number.isNaN(value) ? [] : [id]));
  const value = Float64Array.from(there, (id) => values[id]!);
  return {
    tagId: Int32Array.from(there),
    at: new Float64Array(there.length).fill(at),
    value,
    quality: Uint8Array.from(value, (each) => (Number.isNaN(each) ? BAD : 0)),
  };
}

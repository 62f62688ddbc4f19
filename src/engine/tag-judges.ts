import { drawDetector } from '../../rules/picture.ts';
import type { Plant } from '../model/plant.ts';
import type { TagJudge, TagJudges } from '../model/tag-judge.ts';
import type { Session } from '../store/database.ts';
import { readCellsWith } from '../store/engine-cells.ts';
import { compileWatchesOf, keepsLearnt, type Watch } from './compile.ts';
import { type SavedWatch, watchIn } from './watch-in-cell.ts';

/**
 * Every rule that judges a tag, from the plant and from what the engine saved last: at most some seconds old, and never its
 * live memory, so that nobody who looks holds up the engine.
 */
export async function findTagJudges(session: Session, plant: Plant, tag: string): Promise<TagJudges> {
  const watches = compileWatchesOf(tag, plant);
  const { savedAt, cells } = await readCellsWith(session, {
    assets: [...new Set(watches.map((watch) => watch.tag.asset))],
    texts: watches.map(({ key }) => JSON.stringify(key)),
  });
  return {
    savedAt,
    judges: watches.map((watch) => judgeOf(watch, tag, { rules: plant.rules, saved: watchIn(cells, watch.key) })),
  };
}

function judgeOf(
  watch: Watch,
  tag: string,
  { rules, saved }: { rules: Plant['rules']; saved: SavedWatch | undefined },
): TagJudge {
  // What was saved under other settings is of no use to anybody.
  const own = saved?.fingerprint === watch.fingerprint ? saved : undefined;
  const input = watch.tags.findIndex(({ name }) => name === tag);
  const { rule, detector, config, subject, kind, priority } = watch;
  return {
    rule,
    detect: detector.kind,
    kind,
    priority,
    when: rules.find(({ id }) => id === rule)?.when ?? null,
    parked: own?.parked ?? null,
    learns: keepsLearnt(watch),
    anew: own?.anew ?? null,
    inputs: watch.tags.map(({ name }) => name),
    picture: drawDetector(detector.kind, {
      config,
      state: own?.detector ?? null,
      subject: { ...subject, inputs: watch.tags.map(({ name, unit }) => ({ tag: name, unit: unit ?? '' })) },
      input,
    }),
  };
}

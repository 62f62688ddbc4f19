import type { Tag } from '../api.generated.ts';
import { useConsole } from '../view/console-context.ts';
import { sparkPath } from './spark-path.ts';

const WIDTH = 96;
const HEIGHT = 26;

/** Shows where a value comes from: the last minutes as a small trend, limits as dotted lines. Decoration for the number beside it. */
export function Sparkline({ tag, spanMs }: { readonly tag: Tag; readonly spanMs: number }) {
  const { state } = useConsole();
  const live = state.live.of(tag.name);
  void live.revision.value; // draws again with every reading
  const toMs = Math.max(state.nowMs.value, live.latest.value?.atMs ?? 0);
  const limits = tag.limits.map((limit) => limit.value);
  const {
    line,
    limits: limitHeights,
    end,
  } = sparkPath(live.recent.points, {
    fromMs: toMs - spanMs,
    toMs,
    width: WIDTH,
    height: HEIGHT,
    limits,
  });
  return (
    <svg class="spark" viewBox={`0 -1 ${WIDTH + 3} ${HEIGHT + 2}`} aria-hidden="true" focusable="false">
      {limitHeights.map((height) => (
        <path key={height} class="spark-limit" d={`M0 ${height}H${WIDTH}`} />
      ))}
      {line !== '' && <path class="spark-line" d={line} />}
      {end !== null && <circle class="spark-end" cx={end.x} cy={end.y} r="2" />}
    </svg>
  );
}

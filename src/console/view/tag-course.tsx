import { useEffect, useState } from 'preact/hooks';
import type { Tag } from '../api.generated.ts';
import { boundsOf, type Span, spanKeyOf } from '../chart/span.ts';
import { TagChart } from '../chart/tag-chart.tsx';
import type { Point } from '../state/series.ts';
import { isAhead, withNewest } from '../state/text-course.ts';
import { tagLabel } from '../text/value-text.ts';
import { useConsole } from './console-context.ts';

/** Most texts of one list; the export has all. */
const SHOWN_TEXTS = 50;
const CHART_HEIGHT_PX = 168;
/** What was said a moment ago is not stored yet: asked for again after this long, then twice as long, and so on. */
const NOT_YET_STORED_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Shows what a tag said over time: words as a list, numbers as a chart. */
export function TagCourse({ tag, span }: { readonly tag: Tag; readonly span: Span }) {
  const { state } = useConsole();
  const latest = state.live.of(tag.name).latest.value;
  const isText = tag.type === 'text' || latest?.text !== undefined;
  if (isText) return <TagTexts tag={tag} span={span} />;
  return <TagChart tag={tag} span={span} heightPx={CHART_HEIGHT_PX} group="asset" />;
}

function TagTexts({ tag, span }: { readonly tag: Tag; readonly span: Span }) {
  const { state, client } = useConsole();
  const [texts, setTexts] = useState<readonly Point[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const newest = state.live.of(tag.name).latest.value;

  useEffect(() => {
    let isGone = false;
    let again: ReturnType<typeof setTimeout> | undefined;
    const ask = (pauseMs: number) => {
      const bounds = boundsOf(span, Date.now());
      client.texts(tag.name, { ...bounds, limit: SHOWN_TEXTS }).then(
        (found) => {
          if (isGone) return;
          setTexts(found);
          setTrouble(null);
          if (isAhead(newest, found, bounds)) again = setTimeout(ask, pauseMs, Math.min(2 * pauseMs, LONGEST_PAUSE_MS));
        },
        (error: Error) => isGone || setTrouble(error.message),
      );
    };
    ask(NOT_YET_STORED_MS);
    return () => {
      isGone = true;
      clearTimeout(again);
    };
    // The key stands for the span. A newer text is asked for: of a long one, the live stream has the beginning.
  }, [tag.name, spanKeyOf(span), newest?.atMs, state.fetches.value]);

  const { fromMs, toMs } = boundsOf(span, state.nowMs.value);
  // The clock of this page is looked at once a second, and that of a plant may be ahead.
  const shown = withNewest(texts ?? [], newest, {
    fromMs,
    toMs: span.kind === 'fixed' ? toMs : Number.POSITIVE_INFINITY,
  });
  return (
    <section class="tag-texts" aria-label={`${tagLabel(tag.name, tag.asset)}, newest first`}>
      {trouble !== null && <p class="trouble">{trouble}</p>}
      {texts !== null && shown.length === 0 && <p class="empty">It said nothing in this time.</p>}
      <ol>
        {shown.map(({ atMs, text, quality }) => (
          <li key={atMs}>
            <time class="muted">{state.clock.value.when(atMs, state.nowMs.value)}</time> {text}
            {quality !== 'good' && <span class="value-note"> {quality}</span>}
          </li>
        ))}
      </ol>
      {shown.length >= SHOWN_TEXTS && <p class="muted">The last {SHOWN_TEXTS}; the export has all.</p>}
    </section>
  );
}

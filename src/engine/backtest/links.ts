import type { SourceLinkEvent } from '../../model/log-record.ts';
import type { Source } from '../../model/plant.ts';
import type { RecordedTransition } from '../../store/recorded-alerts.ts';
import { LINK_OFF_DELAY_MS } from '../compile.ts';

/**
 * Links that broke, as far as history knows: single changes are not stored, but each outage that people were told of is in
 * the alert journal, later by the delays of its alert. Oldest first.
 */
export function linksOf(
  journal: readonly RecordedTransition[],
  sources: readonly Pick<Source, 'id' | 'alertAfterMs'>[],
): SourceLinkEvent[] {
  const delays = new Map(sources.map(({ id, alertAfterMs }) => [id, alertAfterMs]));
  return journal
    .flatMap(({ source, effect, at, by, explanation }): SourceLinkEvent[] => {
      const onDelayMs = source === null ? undefined : delays.get(source);
      if (source === null || onDelayMs === undefined) return [];
      const reason = explanation === null ? {} : { reason: explanation };
      if (effect === 'raised') return [{ kind: 'source', source, link: 'down', at: at - onDelayMs, ...reason }];
      if (effect === 'raised again') return [{ kind: 'source', source, link: 'down', at, ...reason }];
      const isBack = effect === 'returned' || (effect === 'cleared' && by === null);
      return isBack ? [{ kind: 'source', source, link: 'up', at: at - LINK_OFF_DELAY_MS }] : [];
    })
    .sort((a, b) => a.at - b.at);
}

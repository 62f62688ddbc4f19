import { isDown } from '../text/state-words.ts';
import { useConsole } from './console-context.ts';
import { PageTitle } from './page-title.tsx';
import { SourceCard } from './source-card.tsx';
import { UnknownTags } from './unknown-tags.tsx';

/** Lists where readings come from, what is broken first. */
export function SourcesPage() {
  const { state } = useConsole();
  const sources = [...state.sources.value.values()].sort(
    (a, b) => Number(isDown(b)) - Number(isDown(a)) || (a.id < b.id ? -1 : 1),
  );
  const down = sources.filter(isDown).length;
  return (
    <>
      <PageTitle
        title="Sources"
        note={down === 0 ? 'All sources are there.' : `${down} of ${sources.length} not reachable.`}
      />
      {sources.length === 0 && <p class="empty">{state.isLoaded.value ? 'No sources are configured.' : 'Loading…'}</p>}
      <div class="cards">
        {sources.map((source) => (
          <SourceCard key={source.id} source={source} />
        ))}
      </div>
      <UnknownTags />
    </>
  );
}

import { useEffect, useState } from 'preact/hooks';
import type { UnknownTag } from '../api.generated.ts';
import type { Client } from '../link/client.ts';
import { mayAct } from '../state/may-act.ts';
import { epochOf, sayAge } from '../text/time-text.ts';
import { valueText } from '../text/value-text.ts';
import { useConsole } from './console-context.ts';
import { LookOnly } from './look-only.tsx';

const ASK_EVERY_MS = 5_000;
/** More would be a page nobody reads; the rest comes up as these are adopted. */
const SHOWN = 50;
/** Most that one request adopts. */
const AT_ONCE = 1_000;

/** Lists the tags that sources brought and nobody has decided about; one click makes a tag of each. Nothing when there are none. */
export function UnknownTags() {
  const { client, state, refresh } = useConsole();
  const [tags, setTags] = useState<readonly UnknownTag[]>([]);
  const [sending, setSending] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => askAgainAndAgain(client, setTags), [client]);

  async function adopt(source: string, names: readonly string[]): Promise<void> {
    setSending(true);
    try {
      const { refused } = await client.adopt(source, names.slice(0, AT_ONCE));
      setTrouble(refused[0] === undefined ? null : `Not adopted: ${refused[0].tag}: ${refused[0].reason}`);
      setTags(await client.unknownTags());
      await refresh();
    } catch (error) {
      setTrouble(`Not adopted: ${error instanceof Error ? error.message : 'something went wrong in this page'}`);
    }
    setSending(false);
  }

  if (tags.length === 0 && trouble === null) return null;
  const isOffered = mayAct(state.session.value);
  return (
    <section class="panel unknown-tags" aria-label="Unknown tags" data-testid="unknown-tags">
      <h2>Unknown tags</h2>
      <p class="muted">
        {tags.length.toLocaleString('en-GB')} that nobody has listed. What they bring is not stored until you adopt
        them.
      </p>
      <LookOnly doing="adopt tags" />
      {trouble !== null && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <ul>
        {tags.slice(0, SHOWN).map(({ source, name, value, count, lastSeen }) => (
          <li key={`${source} ${name}`}>
            <span class="unknown-name">{name}</span>
            <span class="muted">
              {source}: {valueText(value, null)}, {sayAge(epochOf(lastSeen), state.nowMs.value)},{' '}
              {count === 1 ? 'once' : `${count.toLocaleString('en-GB')} times`}
            </span>
            {isOffered && (
              <button
                type="button"
                class="button"
                disabled={sending}
                aria-label={`Adopt ${name}`}
                data-testid={`adopt-${name}`}
                onClick={() => void adopt(source, [name])}
              >
                Adopt
              </button>
            )}
          </li>
        ))}
      </ul>
      {(isOffered ? bySource(tags) : []).map(([source, names]) => (
        <button key={source} type="button" class="button" disabled={sending} onClick={() => void adopt(source, names)}>
          Adopt all {Math.min(names.length, AT_ONCE).toLocaleString('en-GB')} of {source}
        </button>
      ))}
    </section>
  );
}

/** Asks now and every few seconds; what it returns ends that. An answer that does not come leaves the list as it is. */
function askAgainAndAgain(client: Client, show: (tags: readonly UnknownTag[]) => void): () => void {
  let isOver = false;
  const ask = () => {
    client.unknownTags().then(
      (tags) => {
        if (!isOver) show(tags);
      },
      () => undefined, // the banner says that the service does not answer
    );
  };
  ask();
  const timer = setInterval(ask, ASK_EVERY_MS);
  return () => {
    isOver = true;
    clearInterval(timer);
  };
}

function bySource(tags: readonly UnknownTag[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const { source, name } of tags) groups.set(source, [...(groups.get(source) ?? []), name]);
  return [...groups];
}

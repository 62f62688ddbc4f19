import { ApiError } from '../../model/errors.ts';
import { requirePlant } from '../plant-from-file.ts';

/** Names of the tags that a plant file lists. */
export function tagsOfPlant(file: string): ReadonlySet<string> {
  return new Set(requirePlant(file).tags.map(({ name }) => name));
}

/** Names of the tags that a running service knows. */
export async function tagsOfService(url: string, key: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await fetchPage(new URL(`/api/v1/tags?limit=1000&cursor=${cursor}`, url), key, signal);
    for (const { name } of page.items) names.add(name);
    cursor = page.next;
  }
  return names;
}

interface TagPage {
  readonly items: readonly { readonly name: string }[];
  readonly next: string | null;
}

async function fetchPage(url: URL, key: string, signal: AbortSignal): Promise<TagPage> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` }, signal }).catch((cause: unknown) => {
    throw new ApiError(503, 'unavailable', `cannot reach ${url.origin}: is the service running there?`, { cause });
  });
  if (response.ok) return (await response.json()) as TagPage; // of our own service
  const why =
    response.status === 401
      ? 'the key is wrong'
      : response.status === 403
        ? 'the key lacks the scope read (or give --plant)'
        : `it answers ${response.status}`;
  throw new ApiError(response.status, 'unauthorized', `cannot ask ${url.origin} for its tags: ${why}`);
}

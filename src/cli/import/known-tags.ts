import { ApiError } from '../../model/errors.ts';
import { declaredType } from '../../model/plant.ts';
import { requirePlant } from '../plant-from-file.ts';

/** Tags by name, and what each is meant to hold; `null`: nobody said. */
export type KnownTags = ReadonlyMap<string, 'number' | 'text' | null>;

/** The tags that a plant file lists. */
export function tagsOfPlant(file: string): KnownTags {
  return new Map(requirePlant(file).tags.map((tag) => [tag.name, declaredType(tag)]));
}

/** The tags that a running service knows. */
export async function tagsOfService(url: string, key: string, signal: AbortSignal): Promise<KnownTags> {
  const known = new Map<string, 'number' | 'text' | null>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await fetchPage(new URL(`/api/v1/tags?limit=1000&cursor=${cursor}`, url), key, signal);
    for (const { name, type } of page.items) known.set(name, type);
    cursor = page.next;
  }
  return known;
}

interface TagPage {
  readonly items: readonly { readonly name: string; readonly type: 'number' | 'text' | null }[];
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

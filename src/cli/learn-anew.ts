import { ApiError, ConfigError } from '../model/errors.ts';
import { untilStopped } from './until-stopped.ts';

/** Flags of `millwright learn-anew`. */
export interface LearnAnewFlags {
  readonly rule?: string;
  readonly tag?: string;
  readonly asset?: string;
  readonly note?: string;
  readonly url: string;
  readonly key?: string;
}

/** `millwright learn-anew`: has a rule, or all rules on an asset, of a running service forget what they learnt. */
export async function learnAnew(flags: LearnAnewFlags): Promise<void> {
  const { rule, tag, asset, note, url } = flags;
  if ((rule === undefined) === (asset === undefined) || (asset !== undefined && tag !== undefined))
    throw new ConfigError('option_invalid', 'say either --rule, with --tag or without, or --asset');
  const key = flags.key ?? process.env['MILLWRIGHT_KEY'] ?? process.env['MILLWRIGHT_ADMIN_KEY'] ?? '';
  if (key === '')
    throw new ConfigError(
      'option_invalid',
      'say with --key (or MILLWRIGHT_KEY) which API key to use, of the scope operate',
    );
  const whose = rule === undefined ? `assets/${encodeURIComponent(asset!)}` : `rules/${encodeURIComponent(rule)}`;
  const response = await fetch(new URL(`/api/v1/${whose}/learn-anew`, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ note, tag }),
    signal: untilStopped().signal,
  }).catch((cause: unknown) => {
    throw new ApiError(503, 'unavailable', `cannot reach ${url}: is the service running there?`, { cause });
  });
  const answer = (await response.json().catch(() => null)) as Answer | null; // of our own service
  if (!response.ok)
    throw new ApiError(response.status, 'conflict', answer?.detail ?? `the service answers ${response.status}`);
  for (const each of answer?.rules ?? [])
    console.log(`${each.rule}${each.tag === null ? '' : ` on ${each.tag}`} learns anew what is normal`);
}

interface Answer {
  readonly detail?: string;
  readonly rules?: readonly { readonly rule: string; readonly tag: string | null }[];
}

import { parseTime } from '../../src/model/time.ts';
import { AdapterError, type AskContext, type FoundTag, type Reading } from '../adapter.ts';
import { decode } from './decode.ts';
import { parsePath } from './json-path.ts';
import { listen } from './listen.ts';
import { MarkedTime, parsePayload } from './payload.ts';
import { compileRoutes, type Route } from './routes.ts';
import type { MqttAddress, MqttConfig, PayloadFormat, TimeUnit } from './settings.ts';
import { arrivalTimes } from './time.ts';

/** Topics that are told apart; what comes on others is not listed. */
const MOST_TOPICS = 10_000;
const MOST_VALUES = 50;
const MOST_LEVELS = 5;
const PREVIEW_LENGTH = 80;
/** Keys under which senders write when a value was taken. */
const TIME_KEYS = /^(ts|t|time|timestamp|at|date|datetime)$/i;

/**
 * Listens for as long as `timeout` says and lists the topics that fit `glob`, each value in their payloads once. What `map` makes tags of
 * is listed as these tags, without an address.
 */
export async function* discover(
  config: MqttConfig,
  glob: string,
  ctx: AskContext,
): AsyncGenerator<FoundTag<MqttAddress>> {
  const fits = globPattern(glob);
  const table = compileRoutes(config.map, []);
  const arrival = arrivalTimes(ctx.clock);
  const seen = new Set<string>();
  const mapped = new Set<string>();
  const units = new Map<string, string | null>();
  const describe = (tag: string, { unit }: { readonly unit: string | null }) => {
    if (units.size < MOST_TOPICS) units.set(tag, unit);
  };
  const waiting: FoundTag<MqttAddress>[] = [];
  let wake = () => {};
  let isOver = false;
  const stopped = new AbortController(); // whoever asks may stop asking
  const listening = listen(config, {
    filters: [globFilter(glob)],
    ctx: { ...ctx, signal: AbortSignal.any([ctx.signal, stopped.signal]) },
    take: ({ topic, payload }) => {
      if (payload === null || !fits.test(topic)) return 'more';
      // One topic may bring many tags, one after the other.
      const { readings } = decode({ topic, payload, isRetained: false }, { table, arrival, describe });
      for (const reading of readings) {
        if (mapped.has(reading.tag) || mapped.size >= MOST_TOPICS) continue;
        mapped.add(reading.tag);
        waiting.push(mappedTag(topic, reading, units.get(reading.tag) ?? null));
      }
      if (!seen.has(topic)) {
        seen.add(topic);
        const values = valuesOf(topic, payload);
        waiting.push(...(readings.length === 0 ? values : values.filter(isUnread(table.routesOf(topic).routes))));
      }
      wake();
      return seen.size >= MOST_TOPICS ? 'enough' : 'more';
    },
  }).then(
    (answers) => answers.find((answer) => answer !== null) ?? null,
    (error: unknown) => error,
  );
  const ended = listening.finally(() => {
    isOver = true;
    wake();
  });
  try {
    for (;;) {
      yield* waiting.splice(0);
      if (isOver) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (isOver || waiting.length > 0) resolve();
      });
    }
    yield* waiting.splice(0);
    const refusal = await ended;
    if (typeof refusal === 'string') throw new AdapterError('subscription_refused', `${config.url} ${refusal}`);
    if (refusal !== null) throw refusal;
  } finally {
    stopped.abort();
    await ended;
  }
}

/** What to subscribe to for a glob: `*` is a level, `**` all that follow. */
function globFilter(glob: string): string {
  const levels: string[] = [];
  for (const level of glob.split('/')) {
    if (level.includes('**')) return [...levels, '#'].join('/');
    levels.push(/[*+#]/.test(level) ? '+' : level);
  }
  return glob === '' ? '#' : levels.join('/');
}

function globPattern(glob: string): RegExp {
  if (glob === '') return /^/;
  const parts = glob.split(/(\*\*|\*)/).map((part) => {
    if (part === '**') return '.*';
    return part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}

function mappedTag(topic: string, { tag, value, text }: Reading, unit: string | null): FoundTag<MqttAddress> {
  const shown = text === undefined ? value : text.slice(0, PREVIEW_LENGTH);
  return { name: topic, tag, address: null, unit, range: null, value: shown };
}

/** Keeps of the values of a topic those that no pattern reads: neither as a value, nor beside it, nor in its list. */
function isUnread(routes: readonly Route[]): (found: FoundTag<MqttAddress>) => boolean {
  const read = routes.flatMap(({ each, value, time, quality, unit }) => (each ? [each] : [value, time, quality, unit]));
  return ({ address }) => {
    const path = parsePath(address?.value ?? '') ?? [];
    return !read.some((taken) => taken?.every((step, level) => path[level] === step));
  };
}

function valuesOf(topic: string, payload: Buffer): FoundTag<MqttAddress>[] {
  const { root, format } = read(payload);
  const leaves: Leaf[] = [];
  collect(root, { path: '$', leaves, levelsLeft: MOST_LEVELS });
  const time = leaves.find(({ key, value }) => TIME_KEYS.test(key) && unitOf(value) !== null);
  const unit = time === undefined ? null : unitOf(time.value);
  return leaves.flatMap((leaf): FoundTag<MqttAddress>[] => {
    const { path, value } = leaf;
    if (leaf === time || value instanceof MarkedTime) return [];
    return [
      {
        name: path === '$' ? topic : `${topic} ${path}`,
        address: {
          topic,
          value: path,
          ...(format === 'json' ? {} : { format }),
          ...(time === undefined || unit === null
            ? {}
            : { time: time.path, ...(unit === 'marked' ? {} : { timeUnit: unit }) }),
        },
        unit: null,
        range: null,
        value: typeof value === 'string' ? value.slice(0, PREVIEW_LENGTH) : value,
      },
    ];
  });
}

/** The first format in which it makes sense; text always does. */
function read(payload: Buffer): { root: unknown; format: PayloadFormat } {
  const json = parsePayload('json', payload);
  if (json !== undefined) return { root: json, format: 'json' };
  const isText = payload.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
  for (const format of ['cbor', 'msgpack'] as const) {
    const root = isText ? undefined : parsePayload(format, payload);
    if (typeof root === 'object' && root !== null) return { root, format };
  }
  return { root: parsePayload('text', payload), format: 'text' };
}

interface Leaf {
  readonly path: string;
  readonly key: string;
  readonly value: number | string | boolean | null | MarkedTime;
}

function collect(
  node: unknown,
  place: { readonly path: string; readonly key?: string; readonly leaves: Leaf[]; readonly levelsLeft: number },
): void {
  const { path, key = '', leaves, levelsLeft } = place;
  if (leaves.length >= MOST_VALUES) return;
  if (node === null || typeof node !== 'object' || node instanceof MarkedTime) {
    const isValue = typeof node === 'number' || typeof node === 'string' || typeof node === 'boolean';
    if (isValue || node === null || node instanceof MarkedTime) leaves.push({ path, key, value: node });
    return;
  }
  if (levelsLeft === 0 || ArrayBuffer.isView(node)) return;
  for (const [name, inner] of Object.entries(node)) {
    const step = Array.isArray(node) ? `[${name}]` : /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${quote(name)}]`;
    collect(inner, { path: `${path}${step}`, key: name, leaves, levelsLeft: levelsLeft - 1 });
  }
}

function quote(name: string): string {
  return `'${name.replace(/['\\]/g, '\\$&')}'`;
}

/** Since 2001 a time in seconds has ten digits, in ms thirteen, and so on: nothing else is that large and that precise. */
function unitOf(value: Leaf['value']): TimeUnit | 'marked' | null {
  if (value instanceof MarkedTime) return 'marked';
  if (typeof value === 'string') return parseTime(value) === null ? null : 'iso';
  if (typeof value !== 'number') return null;
  if (value >= 1e9 && value < 1e10) return 's';
  if (value >= 1e12 && value < 1e13) return 'ms';
  if (value >= 1e15 && value < 1e16) return 'us';
  return value >= 1e18 && value < 1e19 ? 'ns' : null;
}

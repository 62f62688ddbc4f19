import { parseTime } from '../../src/model/time.ts';
import { AdapterError, type AskContext, type FoundTag } from '../adapter.ts';
import { listen } from './listen.ts';
import { MarkedTime, parsePayload } from './payload.ts';
import type { MqttAddress, MqttConfig, PayloadFormat, TimeUnit } from './settings.ts';

/** Topics that are told apart; what comes on others is not listed. */
const MOST_TOPICS = 10_000;
const MOST_VALUES = 50;
const MOST_LEVELS = 5;
const PREVIEW_LENGTH = 80;
/** Keys under which senders write when a value was taken. */
const TIME_KEYS = /^(ts|t|time|timestamp|at|date|datetime)$/i;

/** Listens for as long as `timeout` says and lists the topics that fit `glob`, each value in their payloads once. */
export async function* discover(
  config: MqttConfig,
  glob: string,
  ctx: AskContext,
): AsyncGenerator<FoundTag<MqttAddress>> {
  const fits = globPattern(glob);
  const seen = new Set<string>();
  const waiting: FoundTag<MqttAddress>[] = [];
  let wake = () => {};
  let isOver = false;
  const stopped = new AbortController(); // whoever asks may stop asking
  const listening = listen(config, {
    filters: [globFilter(glob)],
    ctx: { ...ctx, signal: AbortSignal.any([ctx.signal, stopped.signal]) },
    take: ({ topic, payload }) => {
      if (payload === null || seen.has(topic) || !fits.test(topic)) return 'more';
      seen.add(topic);
      waiting.push(...valuesOf(topic, payload));
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

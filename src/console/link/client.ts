import type {
  Adopted,
  Alert,
  AlertDetail,
  Asset,
  AssetHealth,
  Delivery,
  HealthChange,
  HealthChanges,
  HealthHistory,
  HealthItem,
  Plant,
  ReadingItem,
  Session,
  Source,
  Tag,
  TagFrames,
  TagRules,
  TagWaveforms,
  TextItem,
  UnknownTag,
  WorkOrder,
  WorkOrderDetail,
} from '../api.generated.ts';
import type { JobAct } from '../state/job-act.ts';
import type { Point } from '../state/series.ts';
import { epochOf } from '../text/time-text.ts';

/** A request that was refused or got no answer; `message` is fit to be shown. */
export class RequestError extends Error {
  /** HTTP status; 0 when there was no answer at all. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RequestError';
    this.status = status;
  }
}

/** Everything the console asks of the API. Every method throws `RequestError`, and nothing else. */
export interface Client {
  session(): Promise<Session>;
  signIn(key: string): Promise<Session>;
  signOut(): Promise<void>;
  plant(): Promise<Plant>;
  assets(): Promise<readonly Asset[]>;
  tags(): Promise<readonly Tag[]>;
  /** In order of time. */
  readings(
    tag: string,
    range: { readonly fromMs: number; readonly toMs: number; readonly maxPoints: number },
  ): Promise<readonly Point[]>;
  /** What a tag said in words, newest first. */
  texts(
    tag: string,
    range: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
  ): Promise<readonly Point[]>;
  /** What rules see on a tag. */
  tagRules(tag: string, range: { readonly fromMs: number; readonly toMs: number }): Promise<TagRules>;
  /** The tags of an asset that have waveforms. */
  waveforms(asset: string): Promise<readonly TagWaveforms[]>;
  /** The tags of an asset that have thermal frames. */
  frames(asset: string): Promise<readonly TagFrames[]>;
  /** How one asset is. */
  health(asset: string): Promise<AssetHealth>;
  /** How all assets are. */
  healths(): Promise<readonly HealthItem[]>;
  /** How one asset was. */
  healthHistory(asset: string, range: { readonly fromMs: number; readonly toMs: number }): Promise<HealthHistory>;
  /** The worst assets, and what their health did. */
  healthChanges(range: { readonly fromMs: number; readonly toMs: number }): Promise<readonly HealthChange[]>;
  /** The newest alerts of an asset, also those that are over. */
  alertsOf(asset: string, limit: number): Promise<readonly Alert[]>;
  alerts(which: 'active' | 'all', limit: number): Promise<readonly Alert[]>;
  alert(id: string): Promise<AlertDetail>;
  acknowledge(id: string, note: string | null): Promise<Alert>;
  reset(id: string, note: string | null): Promise<Alert>;
  workOrders(): Promise<readonly WorkOrder[]>;
  /** One job, by id or number, with its journals. */
  workOrder(id: string): Promise<WorkOrderDetail>;
  actOnJob(id: string, act: JobAct): Promise<WorkOrder>;
  /** Has a rule forget what it learnt. */
  learnAnew(rule: string, note: string | null): Promise<void>;
  deliveries(limit: number): Promise<readonly Delivery[]>;
  sources(): Promise<readonly Source[]>;
  unknownTags(): Promise<readonly UnknownTag[]>;
  adopt(source: string, tags: readonly string[]): Promise<Adopted>;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Where the API is, seen from the page. */
export const API = './api/v1';

const REQUEST_TIMEOUT_MS = 15_000;

/** Most pages of one list that are followed; with 1000 a page that is far beyond what a page can show. */
const MAX_PAGES = 20;

/** Makes a client. `csrfToken` is asked on every write; `onSignedOut` is called for every answer that says so. */
export function createClient(options: {
  readonly csrfToken: () => string | null;
  readonly onSignedOut: () => void;
}): Client {
  async function ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    const headers: Record<string, string> = { accept: 'application/json' };
    const csrfToken = options.csrfToken();
    if (method !== 'GET' && csrfToken !== null) headers['x-csrf-token'] = csrfToken;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await send(`${API}${path}`, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return response.status === 204 ? null : readJson(response);
    if (response.status === 401) options.onSignedOut();
    throw new RequestError(response.status, await refusalText(response));
  }

  // The API is ours and its answers are held to its OpenAPI document by a contract test, hence the cast.
  const get = async <T>(path: string) => (await ask('GET', path)) as T;

  async function list<T>(path: string, limit: number): Promise<readonly T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const joint = path.includes('?') ? '&' : '?';
      const suffix: string = cursor === null ? '' : `${joint}cursor=${encodeURIComponent(cursor)}`;
      const answer: Page<T> = await get<Page<T>>(`${path}${suffix}`);
      items.push(...answer.items);
      cursor = answer.next;
      if (cursor === null || items.length >= limit) break;
    }
    return items;
  }

  async function command(what: 'acknowledge' | 'reset', id: string, note: string | null): Promise<Alert> {
    const path = `/alerts/${encodeURIComponent(id)}/${what}`;
    return (await ask('POST', path, note === null ? {} : { note })) as Alert; // as above
  }

  return {
    session: () => get('/session'),
    signIn: async (key) => (await ask('POST', '/session', { key })) as Session, // as above
    signOut: async () => {
      await ask('DELETE', '/session');
    },
    plant: () => get('/plant'),
    assets: () => list('/assets', Number.POSITIVE_INFINITY),
    tags: () => list('/tags?limit=1000', Number.POSITIVE_INFINITY),
    async readings(tag, { fromMs, toMs, maxPoints }) {
      const path = `/tags/${encodeURIComponent(tag)}/readings?${rangeQuery(fromMs, toMs)}&maxPoints=${maxPoints}`;
      const items = await list<ReadingItem>(path, maxPoints);
      return items.map(({ at, value, quality }) => ({ atMs: epochOf(at), value, quality }));
    },
    async texts(tag, { fromMs, toMs, limit }) {
      const path = `/tags/${encodeURIComponent(tag)}/texts?${rangeQuery(fromMs, toMs)}&first=newest&limit=${limit}`;
      const items = await list<TextItem>(path, limit);
      return items.map(({ at, text, quality }) => ({ atMs: epochOf(at), value: null, quality, text }));
    },
    tagRules: (tag, { fromMs, toMs }) => get(`/tags/${encodeURIComponent(tag)}/rules?${rangeQuery(fromMs, toMs)}`),
    waveforms: (asset) => list(`/assets/${encodeURIComponent(asset)}/waveforms?limit=1000`, 1_000),
    frames: (asset) => list(`/assets/${encodeURIComponent(asset)}/frames?limit=1000`, 1_000),
    health: (asset) => get(`/assets/${encodeURIComponent(asset)}/health`),
    healths: () => list('/health?limit=1000', Number.POSITIVE_INFINITY),
    healthHistory: (asset, { fromMs, toMs }) =>
      get(`/assets/${encodeURIComponent(asset)}/health/history?${rangeQuery(fromMs, toMs)}`),
    healthChanges: async ({ fromMs, toMs }) =>
      (await get<HealthChanges>(`/health/changes?${rangeQuery(fromMs, toMs)}&limit=50`)).items,
    alertsOf: (asset, limit) => list(`/alerts?asset=${encodeURIComponent(asset)}&limit=${limit}`, limit),
    alerts: (which, limit) => list(`/alerts?state=${which}&limit=${limit}`, limit),
    alert: (id) => get(`/alerts/${encodeURIComponent(id)}`),
    acknowledge: (id, note) => command('acknowledge', id, note),
    reset: (id, note) => command('reset', id, note),
    workOrders: () => list('/work-orders?limit=200', 1_000),
    workOrder: (id) => get(`/work-orders/${encodeURIComponent(id)}`),
    actOnJob: async (id, { kind, ...said }) =>
      (await ask('POST', `/work-orders/${encodeURIComponent(id)}/${kind}`, said)) as WorkOrder, // as above
    learnAnew: async (rule, note) => {
      await ask('POST', `/rules/${encodeURIComponent(rule)}/learn-anew`, note === null ? {} : { note });
    },
    deliveries: (limit) => list(`/deliveries?limit=${limit}`, limit),
    sources: () => list('/sources', Number.POSITIVE_INFINITY),
    unknownTags: () => list('/unknown-tags?limit=1000', 1_000),
    adopt: async (source, tags) => (await ask('POST', '/unknown-tags/adopt', { source, tags })) as Adopted, // as above
  };
}

function rangeQuery(fromMs: number, toMs: number): string {
  const [from, to] = [fromMs, toMs].map((ms) => encodeURIComponent(new Date(ms).toISOString()));
  return `from=${from}&to=${to}`;
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw new RequestError(0, 'Millwright does not answer. Check the network and try again.', { cause });
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new RequestError(response.status, 'Millwright sent an answer that cannot be read.', { cause });
  }
}

/** Takes the sentence out of a problem document (RFC 9457); proxies in between may answer with anything else. */
async function refusalText(response: Response): Promise<string> {
  const fallback = `Millwright refused the request (${response.status}).`;
  const problem: unknown = await response.json().catch(() => null);
  if (typeof problem !== 'object' || problem === null) return fallback;
  const { detail, title } = problem as { detail?: unknown; title?: unknown }; // checked in the next lines
  if (typeof detail === 'string' && detail !== '') return detail;
  return typeof title === 'string' && title !== '' ? title : fallback;
}

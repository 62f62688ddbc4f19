import type { Detector } from '../../rules/detector.ts';
import type { Plant, Source } from '../model/plant.ts';
import { readAssets } from './assets.ts';
import type { AdapterSchemas, LoadContext, SecretRead } from './context.ts';
import { withDerived } from './derived.ts';
import { isUnset, type LocatedMap, type PlantDocument, placeOf, readDocument } from './document.ts';
import { readEndpoints } from './endpoints.ts';
import { readFirstOut } from './first-out.ts';
import { hintAtWords } from './hints.ts';
import { readJobs } from './jobs.ts';
import { nearest } from './nearest.ts';
import { layPacks } from './packs.ts';
import { readPoints } from './points.ts';
import { createReport, type Problem, type Report, sayPath } from './problems.ts';
import { readRules } from './rules.ts';
import { type PlantDraft, PlantSection } from './sections.ts';
import { shape } from './shape.ts';
import { type ReadSource, readSources } from './sources.ts';

export type { AdapterSchemas } from './context.ts';
export type { Problem } from './problems.ts';

/** Everything a plant file is read with. */
export interface PlantInput {
  readonly text: string;
  /** The file's path, for messages and for paths written in it. */
  readonly file: string;
  readonly adapters: readonly AdapterSchemas[];
  readonly detectors: readonly Detector[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a secret file; throws an error whose message says why it cannot. */
  readonly readSecret: (path: string) => string;
  /** Whether everybody on the machine may read a file; without it nobody is warned of that. */
  readonly isOpenToAll?: (path: string) => boolean;
  /** `unchecked`: a secret file or variable that is missing is a warning, for checking a file away from its plant. */
  readonly secrets: 'required' | 'unchecked';
  /** Most values after aliases are followed; absent: what a file of the operator's own may hold. */
  readonly maxValues?: number;
}

/** A plant, or everything that is wrong with its file. */
export type LoadedPlant =
  | { readonly ok: true; readonly plant: Plant; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/**
 * Reads a plant file: shape, then references, all problems at once. Touches neither network nor disk, except through
 * `readSecret` and `isOpenToAll`. Never throws, whatever the text is.
 */
export function loadPlant(input: PlantInput): LoadedPlant {
  const document = readDocument(input.text, input.env, input.maxValues);
  const report = createReport(input.file, document.lines);
  for (const complaint of document.complaints) report.problem(complaint);
  for (const doubt of document.doubts) report.warning(doubt);
  reportVariables(document, report, input.secrets);
  const plant = document.root === null ? null : readPlant(contextOf(input, document.root, report));
  const problems = report.problems();
  const warnings = report.warnings();
  return plant === null || problems.length > 0 ? { ok: false, problems, warnings } : { ok: true, plant, warnings };
}

function contextOf(input: PlantInput, root: LocatedMap, report: Report): LoadContext {
  const { file, adapters, detectors, secrets, isOpenToAll = () => false } = input;
  const readSecret = (path: string): SecretRead => {
    try {
      return { ok: true, secret: input.readSecret(path) };
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : `cannot read ${path}` };
    }
  };
  return { root, file, adapters, detectors, secrets, report, readSecret, isOpenToAll };
}

function reportVariables({ missing }: PlantDocument, report: Report, secrets: 'required' | 'unchecked'): void {
  for (const { name, at, path } of missing) {
    if (secrets === 'required')
      report.problem({ at, path, message: `the variable ${name} in ${sayPath(path)} is not set` });
    else report.warning({ at, path, message: `${name} is not set: needed at start` });
  }
}

function readPlant(context: LoadContext): Plant {
  const { root, report } = context;
  const { value, complaints } = shape(PlantSection, root, { path: [], keyAt: root.at });
  for (const complaint of complaints) report.problem(complaint);
  const draft = value as PlantDraft; // the shape pass gives what PlantSection describes, less the parts that are wrong
  checkTimezone(context, draft.timezone);
  hintAtWords(context, draft);
  const sources = readSources(context);
  const { assets, tags: measured, bindings } = readAssets(context, draft, sources);
  const { points, tags: given } = readPoints(context, draft, measured);
  const tags = withDerived(context, draft.derived ?? {}, { assets, tags: given });
  const jobs = readJobs(context, draft.jobs ?? {});
  const drafts = Object.entries(draft.assets ?? {});
  const without = new Set(drafts.filter(([, { pack }]) => pack === 'none').map(([id]) => id));
  const { retention = {}, log = {} } = draft;
  return {
    name: draft.plant ?? '',
    timezone: draft.timezone ?? 'UTC',
    sources: [...sources.values()].map((source) => ({ ...sourceOf(source), bindings: bindings.get(source.id) ?? [] })),
    assets,
    tags: [...tags.values()],
    ...(points.length > 0 && { points }),
    ...layPacks(readRules(context, draft, { tags, assets, points, jobs }), { tags, assets, points, jobs, without }),
    endpoints: readEndpoints(context, draft),
    allowPrivateWebhookTargets: draft.allowPrivateWebhookTargets ?? [],
    ...readFirstOut(context, draft.firstOut, assets),
    retention: {
      readingsMs: retention.readings ?? 0,
      rollupsMs: retention.rollups ?? 0,
      waveformsMs: retention.waveforms ?? 0,
      compressAfterMs: retention.compressAfter ?? 0,
    },
    log: { maxBytes: log.maxBytes ?? 0, whenFull: log.whenFull ?? 'refuse' },
  };
}

/** Parts that were wrong get stand-ins here: a plant with problems is never handed out. */
function sourceOf({ id, common, config }: ReadSource): Omit<Source, 'bindings'> {
  return {
    id,
    kind: common.kind ?? '',
    adopt: common.adopt ?? 'never',
    adoptLimit: common.adoptLimit ?? 0,
    alertAfterMs: common.alertAfter ?? 0,
    ...(common.lateness && { latenessMs: common.lateness }),
    priority: common.priority ?? 'medium',
    ...clockOf(common),
    config,
  };
}

function clockOf({ clock = 'trust', clockLimit }: ReadSource['common']): Pick<Source, 'clock'> {
  switch (clock) {
    case 'trust':
      return {};
    case 'arrival':
      return { clock: { kind: 'arrival' } };
    case 'correct':
      return { clock: { kind: 'correct', limitMs: clockLimit ?? 0 } };
  }
}

function checkTimezone({ root, report }: LoadContext, timezone: string | undefined): void {
  const path = ['timezone'];
  const at = placeOf(root, path);
  if (timezone === undefined || isTimezone(timezone) || isUnset(root, path)) return;
  const message = `"${timezone}" is not a time zone: write one such as Europe/Berlin or UTC`;
  const city = Intl.supportedValuesOf('timeZone').find((zone) => lastPart(zone) === timezone.trim().toLowerCase());
  const suggestion = city ?? nearest(timezone, Intl.supportedValuesOf('timeZone'));
  report.problem({ at, path, message, suggestion });
}

function lastPart(zone: string): string | undefined {
  return zone.split('/').at(-1)?.toLowerCase();
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch (error) {
    if (error instanceof RangeError) return false; // what Intl throws for a zone that it does not know
    throw error;
  }
}

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Level } from '../model/alert.ts';
import type { Clock } from '../model/clock.ts';
import type { FirstOutPolicy } from '../model/first-out.ts';
import type { EpochMs, NewestReading, Reading } from '../model/reading.ts';
import type { SourceStatus } from '../model/source-state.ts';
import type { Adoption } from '../model/unknown-tag.ts';
import type { Database } from '../store/database.ts';
import type { DiskUse } from '../store/disk.ts';
import type { Edition } from '../store/edition.ts';
import type { KnownTags } from '../store/known-tags.ts';
import type { RollupsKeptAs } from '../store/rollups.ts';
import type { Access } from './auth.ts';
import type { LiveEvents } from './live-events.ts';
import type { LoginLinks } from './login-links.ts';
import type { AlertPictureServices } from './routes/alert-pictures.ts';
import type { AssetHealthServices } from './routes/asset-health.ts';
import type { BacktestServices } from './routes/backtests.ts';
import type { FramePictureServices } from './routes/frame-pictures.ts';
import type { LearningServices } from './routes/learning.ts';
import type { SpectrumServices } from './routes/spectra.ts';
import type { TagJudgeServices } from './routes/tag-judges.ts';

/** A fastify scope whose routes are typed by their TypeBox schemas. */
export type Routes = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** A limit that a rule watches, for charts. */
export interface TagLimit {
  readonly rule: string;
  readonly level: Level;
  readonly value: number;
}

/** What the two numbers of a finding are, in the words of a label. */
export interface FindingFigures {
  readonly value: string;
  readonly limit: string;
  /** UCUM code; `null`: that of the tag it is about. */
  readonly unit: string | null;
}

/** One thing that a reload changed. */
export interface PlantChangeSaid {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly what: string;
  readonly details: readonly string[];
}

/** A key was made or revoked. */
export interface KeyChange {
  readonly change: 'made' | 'revoked';
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** Name of the caller's own key or session. */
  readonly by: string;
}

/** Everything the API is made of; `app.ts` puts it together. */
export interface ApiServices
  extends BacktestServices,
    TagJudgeServices,
    SpectrumServices,
    FramePictureServices,
    AlertPictureServices,
    LearningServices,
    AssetHealthServices {
  readonly plant: { readonly name: string; readonly timezone: string; readonly firstOut?: FirstOutPolicy };
  readonly edition: Edition;
  readonly rollups: RollupsKeptAs;
  /** How full the disks of this machine are. */
  readonly disks: () => readonly (DiskUse & { readonly filling: boolean })[];
  readonly version: string;
  readonly startedAt: EpochMs;
  readonly database: Database;
  readonly knownTags: KnownTags;
  readonly clock: Clock;
  readonly access: Access;
  readonly loginLinks: LoginLinks;
  readonly live: LiveEvents;
  /** The newest durable readings; the database may not have them yet. */
  readonly newest: {
    /** In the order of the names' UTF-16; the same array until there is a new tag. */
    readonly newest: () => readonly NewestReading[];
    readonly newestOf: (tag: string) => Reading | null;
  };
  readonly limitsOf: (tag: string) => readonly TagLimit[];
  /** What the two numbers of a rule's findings are; `null`: there is no such rule, or its findings are no numbers. */
  readonly figuresOf: (rule: string) => FindingFigures | null;
  /** What the values of a tag are that is made of captures; `null`: of any other. */
  readonly saysOf: (tag: string) => string | null;
  /** What a tag is meant to hold; `null`: nobody said. */
  readonly typeOf: (tag: string) => 'number' | 'text' | null;
  readonly sources: () => readonly SourceStatus[];
  readonly command: (command: {
    kind: 'acknowledge' | 'reset';
    alert: string;
    by: string;
    note?: string;
  }) => Promise<'done' | 'not active'>;
  readonly adoption: Adoption;
  /** Reads the plant file again and takes what changed; throws an `ApiError` when it does not, and then nothing has changed. */
  readonly reload: (by: string) => Promise<{ readonly changes: readonly PlantChangeSaid[] }>;
  readonly webhooks: {
    /** Why a webhook may not go there, `null` when it may. */
    readonly refuse: (url: string) => string | null;
    /** Called after one was made or deleted. */
    readonly changed: () => void;
    readonly newSecret: () => { readonly secret: string; readonly sealed: string };
  };
  /** Registers the routes of push adapters that belong to one version of the API. */
  readonly installPush: (version: 'v1' | 'v2', scope: Routes) => void;
  /** Why the service can't do its work now; empty when it can. */
  readonly notReady: () => Promise<readonly string[]>;
  readonly metrics: () => Promise<string>;
  /** Called when a request fails through a fault of ours, for the log. */
  readonly onFailure: (failure: { readonly error: unknown; readonly route: string }) => void;
  /** Called after a key was made or revoked, for the log. */
  readonly onKeyChange: (change: KeyChange) => void;
  /** Called after every request, for the metrics. */
  readonly observe: (request: { method: string; route: string; status: number; seconds: number }) => void;
  /** Folder of the built console. */
  readonly consoleDirectory: string;
}

import type { FastifyInstance } from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import type { PushContext } from './batch.ts';
import { eventsRoute } from './events-route.ts';
import { readingsRoute } from './readings-route.ts';
import { waveformsRoute } from './waveforms-route.ts';
import { writeRoute } from './write-route.ts';

/** What Telegraf and most other writers need no setting for. */
const DEFAULT_NAMES = { asset: 'asset', tag: 'point', value: 'value' };

const Config = Type.Object(
  {
    lineProtocol: Type.Optional(
      Type.Object(
        {
          asset: Type.String({
            default: DEFAULT_NAMES.asset,
            description: 'Line protocol tag that names the asset; `host` serves where it is missing.',
            examples: ['asset'],
          }),
          tag: Type.String({
            default: DEFAULT_NAMES.tag,
            description: 'Line protocol tag that names the signal; the measurement serves where it is missing.',
            examples: ['point'],
          }),
          value: Type.String({
            default: DEFAULT_NAMES.value,
            description: 'Field that is the signal itself; any other field is taken as `<signal>.<field>`.',
            examples: ['value'],
          }),
        },
        { additionalProperties: false, description: 'How InfluxDB line protocol is read.' },
      ),
    ),
  },
  { additionalProperties: false },
);

/** A tag that is pushed has no address: it is named in every reading. */
const Address = Type.Object({}, { additionalProperties: false });

/** A version of the API: its routes lie under `/api/<version>`. */
export type ApiVersion = 'v1' | 'v2';

/** A protocol that does not dial: its routes are installed in the API's authenticated scopes. */
export interface PushModule<C extends TSchema = TSchema, A extends TSchema = TSchema> {
  readonly kind: string;
  readonly config: C;
  readonly address: A;
  /** Registers the routes; readings go to `ctx.sink`, and are answered for only after it resolved. */
  readonly routes: Readonly<Record<ApiVersion, (scope: FastifyInstance, config: Static<C>, ctx: PushContext) => void>>;
}

/** HTTP push: plant systems post readings, and get an answer for each once they are durable. */
export const http: PushModule<typeof Config, typeof Address> = {
  kind: 'http',
  config: Config,
  address: Address,
  routes: {
    v1: (scope, _config, ctx) => {
      // Each in a scope of its own: they read bodies differently.
      for (const install of [readingsRoute, waveformsRoute, eventsRoute]) {
        scope.register((own, _options, done) => {
          install(own, ctx);
          done();
        });
      }
    },
    v2: (scope, { lineProtocol }, ctx) => writeRoute(scope, lineProtocol ?? DEFAULT_NAMES, ctx),
  },
};

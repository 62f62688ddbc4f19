import type { FastifyInstance } from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import type { AdapterContext } from '../adapter.ts';
import { readingsRoute } from './readings-route.ts';

const Config = Type.Object(
  {
    lineProtocol: Type.Optional(
      Type.Object(
        {
          asset: Type.String({ description: 'Line protocol tag that names the asset.', examples: ['asset'] }),
          tag: Type.String({ description: 'Line protocol tag that names the signal.', examples: ['point'] }),
          value: Type.String({ description: 'Field that holds the value.', examples: ['value'] }),
        },
        {
          additionalProperties: false,
          description: 'How InfluxDB line protocol is read. Accepted and kept; no endpoint serves it yet.',
        },
      ),
    ),
  },
  { additionalProperties: false },
);

/** A tag that is pushed has no address: it is named in every reading. */
const Address = Type.Object({}, { additionalProperties: false });

/** A protocol that does not dial: its routes are installed in the API's authenticated scope. */
export interface PushModule<C extends TSchema = TSchema, A extends TSchema = TSchema> {
  readonly kind: string;
  readonly config: C;
  readonly address: A;
  /** Registers the routes; readings go to `ctx.sink`, and are answered for only after it resolved. */
  routes(scope: FastifyInstance, config: Static<C>, ctx: AdapterContext): void;
}

/** HTTP push: plant systems post readings, and get an answer for each once they are durable. */
export const http: PushModule<typeof Config, typeof Address> = {
  kind: 'http',
  config: Config,
  address: Address,
  routes: (scope, _config, ctx) => readingsRoute(scope, ctx),
};

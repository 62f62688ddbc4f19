import { type Static, Type } from 'typebox';
import { duration } from '../../adapter.ts';
import { Config as MqttConfig, type MqttConfig as MqttSettings } from '../settings.ts';

const { url, username, password, passwordFile, caFile, clientId, protocol, keepalive, timeout, inFlight } =
  MqttConfig.properties;

const ID = '^[^/+#]+$';

/** Connection settings of the `sparkplug` adapter: those of the link are the ones of `mqtt`. */
export const Config = Type.Object(
  {
    url,
    username,
    password,
    passwordFile,
    caFile,
    clientId,
    protocol,
    keepalive,
    timeout,
    inFlight,
    maxPayload: Type.Integer({
      minimum: 1,
      maximum: 16_777_216,
      default: 1_048_576,
      description: 'Largest payload that is read, in bytes; larger ones are counted as `too_large`.',
      examples: [1_048_576],
    }),
    groups: Type.Array(Type.String({ minLength: 1, pattern: ID }), {
      default: [],
      maxItems: 100,
      uniqueItems: true,
      description: 'Group ids to listen to; all when empty.',
      examples: [['bremen']],
    }),
    hostId: Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: ID,
      default: 'millwright',
      description: 'Host id, one per running service: edge nodes may be told to wait for this host to be online.',
      examples: ['millwright-bremen'],
    }),
    state: Type.Enum(['v3', 'v2', 'none'], {
      default: 'v3',
      description:
        'How the host says that it is online: as JSON on `spBv1.0/STATE/{hostId}` (Sparkplug 3.0), as a word on `STATE/{hostId}` (2.2), or not.',
    }),
    rebirth: Type.Enum(['request', 'never'], {
      default: 'request',
      description:
        'Whether edge nodes whose births are missing are asked for them (`Node Control/Rebirth`), the only command that is ever sent.',
    }),
    reorderTimeout: Type.Unsafe<number>(
      duration({
        default: '2s',
        minimum: '0ms',
        maximum: '60s',
        description: 'How long a message may arrive after one that was sent later, before it counts as lost.',
        examples: ['2s'],
      }),
    ),
    asset: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^([^{}]|\\{(group|edge|device)\\})+$',
      default: '{group}/{edge}/{device}',
      description:
        'Asset of a metric that no tag is bound to, from `{group}`, `{edge}` and `{device}`; what an asset id may not have becomes `-`.',
      examples: ['{edge}-{device}'],
    }),
    maxMetrics: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 100_000,
      description: 'Most metrics of all edge nodes together; more are counted as `adopt_limit`.',
      examples: [100_000],
    }),
  },
  { additionalProperties: false },
);

/** Where one tag lies: a metric of an edge node, or of one of its devices. */
export const Address = Type.Object(
  {
    group: Type.String({ minLength: 1, pattern: ID, description: 'Group id.', examples: ['bremen'] }),
    edge: Type.String({ minLength: 1, pattern: ID, description: 'Edge node id.', examples: ['gateway-1'] }),
    device: Type.Optional(
      Type.String({
        minLength: 1,
        pattern: ID,
        description: 'Device id; without it the metric is one of the edge node itself.',
        examples: ['press-1'],
      }),
    ),
    metric: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'Name of the metric; `name/field` within a template, a dataset of one row or an array.',
      examples: ['Hydraulics/Pressure'],
    }),
  },
  { additionalProperties: false },
);

/** Settings as the adapter receives them: defaults filled in, durations in ms. */
export type Config = Static<typeof Config>;
/** An address as the adapter receives it. */
export type Address = Static<typeof Address>;

/** The settings of the link: a host has no session that outlives its connection (tck-id-message-flow-phid-sparkplug-clean-session-311, -50). */
export function linkSettings(config: Config): MqttSettings {
  const { groups, hostId, state, rebirth, reorderTimeout, asset, maxMetrics, ...link } = config;
  return { ...link, qos: 1, cleanSession: true, sessionExpiry: 0, map: [] };
}

import { type Static, Type } from 'typebox';
import { duration } from '../adapter.ts';
import { PATH_PATTERN } from './json-path.ts';
import { TOPIC_PATTERN } from './topic.ts';
import { WaveformFormat } from './waveform.ts';

const Path = (description: string, examples: string[]) => Type.String({ pattern: PATH_PATTERN, description, examples });

const Value = Type.String({
  pattern: PATH_PATTERN,
  default: '$',
  description: 'Where the value is in the payload; `$` is a payload that is the number itself.',
  examples: ['$.value', '$'],
});

const Time = Type.Optional(
  Path('Where the time of the value is in the payload; without it the time of arrival counts.', ['$.ts']),
);

const TimeUnit = Type.Optional(
  Type.Enum(['ms', 's', 'us', 'ns', 'iso'], {
    description:
      'How the time is written: a number since 1970 UTC in this unit, or `iso` for RFC 3339; without it text is `iso` and a number is `ms`.',
    examples: ['ms'],
  }),
);

const Quality = Type.Optional(
  Path(
    'Where the quality is in the payload: `good`, `uncertain`, `bad` or an OPC UA status code; absent there is `good`.',
    ['$.quality'],
  ),
);

const Unit = Type.Optional(
  Path('Where the unit of the value is in the payload, for tags that the plant file does not have (`adopt`).', [
    '$.unit',
  ]),
);

const Format = Type.Optional(
  Type.Enum(['json', 'cbor', 'msgpack', 'text'], {
    description:
      'How the payload is written: `json` (the default), `cbor`, `msgpack`, or `text`, which is one number or word.',
    examples: ['cbor'],
  }),
);

const Values = Type.Optional(
  Type.Record(Type.String({ pattern: '^.{1,100}$' }), Type.Number(), {
    description:
      'Numbers for words, such as `{ on: 1, off: 0 }`; letter case does not count, and `true` and `false` are words too.',
    examples: [{ on: 1, off: 0 }],
  }),
);

const Pattern = Type.Object(
  {
    topic: Type.String({
      minLength: 1,
      maxLength: 1024,
      pattern: TOPIC_PATTERN,
      description: 'Topics it reads: `+name` captures one level, `+` skips one, `#` at the end takes the rest.',
      examples: ['plant/+area/+asset/+tag'],
    }),
    asset: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Asset: a path, or text with `{capture}` and `{$.path}`; without it the level captured as `asset`.',
        examples: ['$.asset', 'pump-{number}'],
      }),
    ),
    tag: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Tag of the asset: a path, or text with `{capture}` and `{$.path}`; without it the level captured as `tag`.',
        examples: ['$.point', '{kind}.{$.axis}'],
      }),
    ),
    each: Type.Optional(
      Path('Where a list is in the payload; every entry becomes a reading, and paths start at the entry.', [
        '$.readings',
      ]),
    ),
    value: Value,
    time: Time,
    timeUnit: TimeUnit,
    quality: Quality,
    unit: Unit,
    format: Format,
    values: Values,
    waveform: Type.Optional(WaveformFormat),
  },
  { additionalProperties: false, description: 'How the topics of one pattern become readings.' },
);

/** Connection settings of the `mqtt` adapter. */
export const Config = Type.Object(
  {
    url: Type.String({
      pattern: '^mqtts?://([^/@:\\s\\[\\]]+|\\[[0-9A-Fa-f:.]+\\])(:\\d{1,5})?/?$',
      description:
        'Broker: `mqtt://host:port` in clear (port 1883), `mqtts://host:port` with TLS (port 8883); never with a password.',
      examples: ['mqtt://broker:1883', 'mqtts://broker.plant.example'],
    }),
    username: Type.Optional(Type.String({ description: 'User name at the broker.', examples: ['millwright'] })),
    password: Type.Optional(
      Type.String({
        description: 'Password at the broker; write it as a variable, never in clear.',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how a variable is written in the plant file
        examples: ['${MQTT_PASSWORD}'],
      }),
    ),
    passwordFile: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File with the password, read at every connection; wins over `password`.',
        examples: ['/run/secrets/mqtt'],
      }),
    ),
    caFile: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File with the certificates (PEM) that may have signed the certificate of the broker.',
        examples: ['/etc/ssl/plant-ca.pem'],
      }),
    ),
    certFile: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File with our certificate (PEM) and those between it and its authority; needs `keyFile`.',
        examples: ['/etc/millwright/client.pem'],
      }),
    ),
    keyFile: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File with the private key (PEM) of `certFile`, read at every connection.',
        examples: ['/run/secrets/mqtt-key.pem'],
      }),
    ),
    keyPassphraseFile: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File with the passphrase of an encrypted `keyFile`.',
        examples: ['/run/secrets/mqtt-key-passphrase'],
      }),
    ),
    clientId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description:
          'Name of the session at the broker, one per running service; without it `millwright-` and a hash of url, user name and subscriptions.',
        examples: ['millwright-bremen'],
      }),
    ),
    protocol: Type.Union([Type.Literal(4), Type.Literal(5)], {
      default: 4,
      description: 'MQTT version: 4 is 3.1.1, 5 is 5.0.',
      examples: [5],
    }),
    share: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        pattern: '^[^/+#]+$',
        description:
          'Group of services that share the messages, each getting a part: subscribes to `$share/<group>/…`. Retained messages do not come then.',
        examples: ['millwright'],
      }),
    ),
    qos: Type.Union([Type.Literal(0), Type.Literal(1)], {
      default: 1,
      description: 'Quality of service of the subscriptions: 1 loses nothing, 0 loses what is sent while we are away.',
      examples: [1],
    }),
    cleanSession: Type.Boolean({
      default: false,
      description: 'Whether the broker forgets us when the link ends, and with it what it would have kept for us.',
      examples: [false],
    }),
    sessionExpiry: Type.Unsafe<number>(
      duration({
        default: '7d',
        minimum: '1s',
        description: 'How long the broker keeps the session while we are away; MQTT 5 only, else the broker decides.',
        examples: ['7d'],
      }),
    ),
    keepalive: Type.Unsafe<number>(
      duration({
        default: '5s',
        minimum: '1s',
        maximum: '18h',
        description:
          'A link that is silent for half as long again is taken for lost; a longer time finds a cut cable later.',
        examples: ['5s'],
      }),
    ),
    timeout: Type.Unsafe<number>(
      duration({
        default: '10s',
        minimum: '100ms',
        description: 'Deadline from dialling to the last confirmed subscription.',
        examples: ['10s'],
      }),
    ),
    inFlight: Type.Integer({
      minimum: 1,
      maximum: 2000,
      default: 500,
      description: 'Most messages received and not yet stored; the broker waits then (QoS 1), or they are discarded.',
      examples: [500],
    }),
    maxPayload: Type.Integer({
      minimum: 1,
      maximum: 16_777_216,
      default: 262_144,
      description: 'Largest payload that is read, in bytes; larger ones are counted as `too_large`.',
      examples: [262_144],
    }),
    map: Type.Array(Pattern, {
      default: [],
      maxItems: 1000,
      description: 'Patterns that turn topics into tags without listing each tag.',
      examples: [[{ topic: 'plant/+area/+asset/+tag', value: '$.value', time: '$.ts', timeUnit: 'ms' }]],
    }),
  },
  { additionalProperties: false },
);

/** Where one tag is published: its topic, and the places in the payload. */
export const Address = Type.Object(
  {
    topic: Type.String({
      minLength: 1,
      maxLength: 1024,
      pattern: '^[^+#]+$',
      description: 'The topic, without wildcards.',
      examples: ['plant/hall/press-1/temperature'],
    }),
    value: Value,
    time: Time,
    timeUnit: TimeUnit,
    quality: Quality,
    format: Format,
    values: Values,
    waveform: Type.Optional(WaveformFormat),
  },
  { additionalProperties: false },
);

/** Settings as the adapter receives them: defaults filled in, durations in ms. */
export type MqttConfig = Static<typeof Config>;
/** An address as the adapter receives it. */
export type MqttAddress = Static<typeof Address>;
/** One entry of `map`. */
export type MqttPattern = Static<typeof Pattern>;
/** How a payload is written. */
export type PayloadFormat = NonNullable<MqttPattern['format']>;
/** How a time in a payload is written. */
export type TimeUnit = NonNullable<MqttPattern['timeUnit']>;

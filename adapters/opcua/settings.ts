import { type Static, Type } from 'typebox';
import { duration } from '../adapter.ts';
import { POLICIES } from './endpoint.ts';
import { EventsSetting } from './event-settings.ts';

/** Connection settings of one OPC UA server. */
export const Config = Type.Object(
  {
    url: Type.String({
      pattern: '^opc\\.tcp://[^\\s]+$',
      description: 'Endpoint of the server.',
      examples: ['opc.tcp://10.0.4.30:4840'],
    }),
    security: Type.Enum(['none', 'sign', 'encrypt'], {
      default: 'none',
      description: 'How messages are protected: none sends them readable and unsigned, sign readable, encrypt neither.',
    }),
    policy: Type.Optional(
      Type.Enum([...POLICIES], {
        description: 'Algorithms of sign and encrypt; without it the strongest of these that the server offers.',
      }),
    ),
    hostCheck: Type.Enum(['strict', 'off'], {
      default: 'strict',
      description: 'Whether the server certificate must name the host of url; off for servers with a stale one.',
    }),
    username: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'User to log in as; without it the session is anonymous.',
        examples: ['millwright'],
      }),
    ),
    password: Type.Optional(
      Type.String({
        description: 'Password of the user; better kept in a variable or a file.',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how the plant file names a variable
        examples: ['${OPCUA_PASSWORD}'],
      }),
    ),
    passwordFile: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File with the password of the user; read at each connect, wins over password.',
        examples: ['/run/secrets/opcua'],
      }),
    ),
    allowInsecure: Type.Boolean({
      default: false,
      description:
        'Whether the password may be sent readable where the server and security leave no other way, and userCertificate be used with security none.',
    }),
    userCertificate: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File with a certificate (PEM) to log in with, instead of a username; wants userKey.',
        examples: ['/run/secrets/opcua-user.pem'],
      }),
    ),
    userKey: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File with the private key (PEM) of userCertificate.',
        examples: ['/run/secrets/opcua-user-key.pem'],
      }),
    ),
    publish: Type.Unsafe<number>(
      duration({ default: '1s', minimum: '50ms', description: 'How often the server sends what it has collected.' }),
    ),
    sampling: Type.Optional(
      Type.Unsafe<number>(
        duration({
          description: 'How often the server looks at each value, 0ms: at each change; half of publish without it.',
          examples: ['250ms'],
        }),
      ),
    ),
    trigger: Type.Enum(['value', 'timestamp'], {
      default: 'value',
      description: 'What makes a reading: another value or status, or also the same value with another source time.',
    }),
    backfill: Type.Unsafe<number>(
      duration({
        default: '1d',
        description: 'How far back missed values are read from the history of the server after a gap; 0s: not at all.',
      }),
    ),
    events: EventsSetting,
    timeout: Type.Unsafe<number>(
      duration({ default: '10s', minimum: '500ms', description: 'Deadline of connecting and of each request.' }),
    ),
  },
  { additionalProperties: false },
);
export type Config = Static<typeof Config>;

/** Where one tag lies on an OPC UA server. */
export const Address = Type.Object(
  {
    nodeId: Type.String({
      pattern: '^(ns=\\d+;|nsu=[^;]+;)?[isgb]=.+$',
      description:
        'Node of the variable. Prefer nsu= (namespace URI): the number in ns= may change when a server restarts.',
      examples: ['nsu=http://example.com/plant;s=Press1.Speed', 'ns=2;i=1001'],
    }),
    deadband: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'The server keeps changes smaller than this to itself, in the unit of the variable.',
        examples: [0.5],
      }),
    ),
    deadbandPercent: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 100,
        description: 'The same in percent of the EURange of the variable; wins over deadband.',
        examples: [1],
      }),
    ),
    sampling: Type.Optional(
      Type.Unsafe<number>(
        duration({ description: 'As in the settings of the adapter, for this tag.', examples: ['5s'] }),
      ),
    ),
  },
  { additionalProperties: false },
);
export type Address = Static<typeof Address>;

import { Type } from 'typebox';
import { duration } from '../../model/duration.ts';
import type { AdapterSchemas } from '../context.ts';

const closed = { additionalProperties: false };

/** Adapters' schemas for the tests of the plant file: shaped like the real ones, and independent of them. */
export const adapters: readonly AdapterSchemas[] = [
  {
    kind: 'modbus',
    // The loader gives what fits the schemas below.
    checkConfig: (config) => ((config as { port: number }).port === 1 ? 'nobody listens on port 1' : null),
    checkAddress: (address) =>
      (address as { register: number }).register === 65_535 ? 'the last register is never used' : null,
    config: Type.Object(
      {
        host: Type.String({ minLength: 1, description: 'Device or gateway address.', examples: ['10.0.4.21'] }),
        port: Type.Integer({ minimum: 1, maximum: 65_535, default: 502, description: 'TCP port.' }),
        poll: Type.Unsafe<number>(duration({ minimum: '50ms', default: '1s', description: 'Time between scans.' })),
        timeout: Type.Unsafe<number>(
          duration({ minimum: '10ms', maximum: '1m', default: '1s', description: 'Deadline of one request.' }),
        ),
      },
      closed,
    ),
    address: Type.Object(
      {
        unitId: Type.Integer({ minimum: 0, maximum: 255, default: 1, description: 'Unit id.' }),
        table: Type.Union(
          [Type.Literal('holding'), Type.Literal('input'), Type.Literal('coil'), Type.Literal('discrete')],
          { default: 'holding', description: 'Table.' },
        ),
        register: Type.Integer({ minimum: 0, maximum: 65_535, description: 'First register.' }),
        type: Type.Union([Type.Literal('int16'), Type.Literal('uint16'), Type.Literal('float32')], {
          default: 'uint16',
          description: 'How the registers are read.',
        }),
        order: Type.Union([Type.Literal('ABCD'), Type.Literal('CDAB')], {
          default: 'ABCD',
          description: 'Byte order.',
        }),
      },
      closed,
    ),
  },
  {
    kind: 'opcua',
    config: Type.Object(
      {
        url: Type.String({ description: 'Endpoint.', examples: ['opc.tcp://10.0.4.30:4840'] }),
        security: Type.Union([Type.Literal('none')], { default: 'none', description: 'Security.' }),
        publish: Type.Unsafe<number>(
          duration({ minimum: '100ms', default: '1s', description: 'Publishing interval.' }),
        ),
      },
      closed,
    ),
    address: Type.Object(
      {
        nodeId: Type.String({
          pattern: '^(ns=\\d+|nsu=[^;]+);[isgb]=.+$',
          description: 'Node id.',
          examples: ['ns=2;s=Press1.Speed'],
        }),
      },
      closed,
    ),
  },
  {
    kind: 'mqtt',
    config: Type.Object(
      {
        url: Type.String({ description: 'Broker.', examples: ['mqtt://broker:1883'] }),
        username: Type.Optional(Type.String({ description: 'User name.' })),
        password: Type.Optional(Type.String({ minLength: 4, description: 'Password.' })),
        passwordFile: Type.Optional(Type.String({ description: 'File with the password.' })),
        map: Type.Array(
          Type.Object(
            {
              topic: Type.String({ minLength: 1, description: 'Topic pattern.' }),
              each: Type.Optional(Type.String({ description: 'List in the payload.' })),
              tag: Type.Optional(Type.String({ description: 'Name in the payload.' })),
              value: Type.String({ default: '$', description: 'Value in the payload.' }),
              time: Type.Optional(Type.String({ description: 'Time in the payload.' })),
              timeUnit: Type.Optional(
                Type.Union([Type.Literal('ms'), Type.Literal('s'), Type.Literal('iso')], {
                  description: 'Unit of it.',
                }),
              ),
            },
            closed,
          ),
          { default: [], description: 'What arrives.' },
        ),
      },
      closed,
    ),
    address: Type.Object(
      {
        topic: Type.String({ minLength: 1, description: 'Topic.' }),
        value: Type.String({ default: '$', description: 'Value in the payload.' }),
        time: Type.Optional(Type.String({ description: 'Time in the payload.' })),
      },
      closed,
    ),
  },
  {
    kind: 'http',
    config: Type.Object(
      {
        lineProtocol: Type.Optional(
          Type.Object(
            {
              asset: Type.String({ description: 'Tag key of the asset.' }),
              tag: Type.String({ description: 'Tag key of the tag.' }),
              value: Type.String({ default: 'value', description: 'Field of the value.' }),
            },
            { ...closed, description: 'Where line protocol is read from.' },
          ),
        ),
      },
      closed,
    ),
    address: Type.Object({}, closed),
  },
];

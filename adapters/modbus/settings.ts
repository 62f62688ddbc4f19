import { type Static, Type } from 'typebox';
import { duration } from '../adapter.ts';

const TABLES = ['holding', 'input', 'coil', 'discrete'] as const;

/** Registers (or bits) that are never read, not even on the way to others. */
const Forbidden = Type.Object(
  {
    unitId: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 255, description: 'The unit that has them; without it every unit.' }),
    ),
    table: Type.Enum([...TABLES], { default: 'holding', description: 'The table they are in.' }),
    from: Type.Integer({ minimum: 0, maximum: 65535, description: 'The first of them, counted from 0.' }),
    to: Type.Integer({ minimum: 0, maximum: 65535, description: 'The last of them.' }),
  },
  { additionalProperties: false },
);

/** What one unit bears, where that is less than the others do. */
const Unit = Type.Object(
  {
    unitId: Type.Integer({ minimum: 0, maximum: 255, description: 'The unit.' }),
    maxRegisters: Type.Optional(
      Type.Integer({ minimum: 4, maximum: 125, description: 'Most registers it gives in one answer.' }),
    ),
    gap: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 125, description: 'Unused registers of it that are read along.' }),
    ),
  },
  { additionalProperties: false },
);

/** Settings of one Modbus bus: a device, a gateway or a serial line. */
export const Config = Type.Object(
  {
    transport: Type.Optional(
      Type.Enum(['tcp', 'rtu', 'rtu-over-tcp', 'ascii'], {
        default: 'tcp',
        description:
          'How frames travel: `rtu` and `ascii` over a serial line, `rtu-over-tcp` to a serial device server.',
      }),
    ),
    host: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Device or gateway address; required unless the transport is serial.',
        examples: ['10.0.4.21'],
      }),
    ),
    port: Type.Integer({ minimum: 1, maximum: 65535, default: 502, description: 'TCP port.' }),
    path: Type.Optional(
      Type.String({ minLength: 1, description: 'Serial port; required for a serial one.', examples: ['/dev/ttyUSB0'] }),
    ),
    baudRate: Type.Optional(
      Type.Integer({
        minimum: 300,
        maximum: 1_000_000,
        description:
          'Speed of the serial line, 19200 if not given; of a gateway, that of the line behind it, for planning.',
        examples: [9600],
      }),
    ),
    parity: Type.Optional(
      Type.Enum(['none', 'even', 'odd'], { description: 'Parity of the serial line, `even` if not given.' }),
    ),
    dataBits: Type.Optional(
      Type.Union([Type.Literal(7), Type.Literal(8)], { description: 'Data bits of the serial line, 8 if not given.' }),
    ),
    stopBits: Type.Optional(
      Type.Union([Type.Literal(1), Type.Literal(2)], { description: 'Stop bits of the serial line, 1 if not given.' }),
    ),
    poll: Type.Unsafe<number>(
      duration({
        default: '1s',
        minimum: '50ms',
        description: 'Time from the start of one scan to the start of the next.',
      }),
    ),
    timeout: Type.Unsafe<number>(
      duration({ default: '1s', minimum: '10ms', description: 'Deadline of connecting and of each request.' }),
    ),
    maxRegisters: Type.Integer({
      minimum: 4,
      maximum: 125,
      default: 125,
      description: 'Most registers the device gives in one answer; 16 times as many coils.',
    }),
    gap: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 125,
        description:
          'Unused registers that are read along rather than asking twice; if not given, as many as cost less time than asking.',
        examples: [8],
      }),
    ),
    forbidden: Type.Optional(
      Type.Array(Forbidden, {
        maxItems: 1_000,
        description: 'Registers that are never read, such as those that a read resets.',
        examples: [[{ table: 'holding', from: 200, to: 209 }]],
      }),
    ),
    units: Type.Optional(
      Type.Array(Unit, {
        maxItems: 256,
        description: 'Units behind a gateway that bear less than the rest.',
        examples: [[{ unitId: 7, maxRegisters: 32 }]],
      }),
    ),
  },
  { additionalProperties: false },
);
export type Config = Static<typeof Config>;

/** Where one tag lies on a Modbus device, and how what lies there is read. */
export const Address = Type.Object(
  {
    unitId: Type.Integer({
      minimum: 0,
      maximum: 255,
      default: 1,
      description:
        'Unit (slave) behind the address, 1 to 247; some devices want 255 or 0 when they are asked over TCP.',
    }),
    table: Type.Enum([...TABLES], {
      default: 'holding',
      description: 'Holding registers (4x), input registers (3x), coils (0x) or discrete inputs (1x).',
    }),
    register: Type.Integer({
      minimum: 0,
      maximum: 65535,
      description: 'First register or bit, counted from 0: 40101 in a manual is holding register 100.',
      examples: [100],
    }),
    type: Type.Enum(
      [
        'bool',
        'int8',
        'uint8',
        'int16',
        'uint16',
        'int32',
        'uint32',
        'int64',
        'uint64',
        'float32',
        'float64',
        'bcd16',
        'bcd32',
        'string',
      ],
      {
        default: 'uint16',
        description: 'How the registers are read; coils and discrete inputs are always 0 or 1.',
      },
    ),
    order: Type.Enum(['ABCD', 'DCBA', 'BADC', 'CDAB'], {
      default: 'ABCD',
      description: 'Order of the bytes on the wire: ABCD is big-endian, CDAB has the words swapped.',
    }),
    byte: Type.Optional(
      Type.Enum(['low', 'high'], {
        description: 'Which half of the register holds an `int8` or `uint8`; without it the low one.',
      }),
    ),
    bit: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 63,
        description: 'The tag is this one bit of the whole number in the registers; 0 is the least significant.',
        examples: [3],
      }),
    ),
    length: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 250, description: 'Characters of a `string`, two in each register.' }),
    ),
    scale: Type.Number({ default: 1, description: 'The raw number is multiplied by this.', examples: [0.1] }),
    offset: Type.Number({ default: 0, description: 'Added after scaling.', examples: [-40] }),
    invert: Type.Optional(
      Type.Boolean({ default: false, description: '0 and 1 change places; for a single bit or a `bool`.' }),
    ),
    sentinel: Type.Optional(
      Type.Array(Type.Number(), {
        maxItems: 16,
        description: 'Raw numbers by which the device says that it has no value; the reading is bad.',
        examples: [[32768]],
      }),
    ),
    labels: Type.Optional(
      Type.Record(Type.String({ pattern: '^-?\\d+$' }), Type.String(), {
        'x-keys': 'it is a whole number',
        description: 'Codes that a whole number may have, and what they mean; with any other the reading is uncertain.',
        examples: [{ 0: 'stopped', 1: 'running', 7: 'fault' }],
      }),
    ),
  },
  { additionalProperties: false },
);
export type Address = Static<typeof Address>;

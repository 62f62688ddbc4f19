import type { Address } from './settings.ts';

const BITS_PER_REGISTER = 16;
const DECIMAL_DIGITS = 10;

/** True for the tables that hold single bits. */
export function isBit({ table }: Pick<Address, 'table'>): boolean {
  return table === 'coil' || table === 'discrete';
}

/** Registers (or bits) one value takes. */
export function widthOf(address: Address): number {
  if (isBit(address)) return 1;
  switch (address.type) {
    case 'bool':
    case 'int8':
    case 'uint8':
    case 'int16':
    case 'uint16':
    case 'bcd16':
      return 1;
    case 'int32':
    case 'uint32':
    case 'float32':
    case 'bcd32':
      return 2;
    case 'int64':
    case 'uint64':
    case 'float64':
      return 4;
    case 'string':
      return Math.ceil((address.length ?? 1) / 2);
  }
}

/**
 * The raw number in the registers of one value, before scaling. `bytes`: as they came over the wire, `2 × widthOf(address)`.
 * `null`: they hold no number (a decimal digit above 9, a text).
 */
export function numberIn(address: Address, bytes: Buffer): number | bigint | null {
  const word = bigEndian(bytes, address.order);
  const number = wholeIn(address, word);
  if (address.bit === undefined || number === null) return number;
  return Number((BigInt(number) >> BigInt(address.bit)) & 1n);
}

/** The text in the registers: Latin-1, up to the first NUL, without the blanks that fill it up. */
export function textIn(address: Address, bytes: Buffer): string {
  const inOrder = address.order === 'ABCD' || address.order === 'CDAB' ? bytes : Buffer.from(bytes).swap16();
  const text = inOrder.toString('latin1', 0, address.length ?? 1);
  return (text.split('\0')[0] ?? '').trimEnd();
}

/** Why these settings of an address do not go together; `null` when they do. */
export function complaintAbout(address: Address): string | null {
  if (isBit(address)) return null;
  const { type, bit, byte, length, invert, labels } = address;
  const isNoInteger = type.startsWith('float') || type === 'string';
  if (bit !== undefined && isNoInteger) return `bit is for whole numbers, not for ${type}`;
  if (bit !== undefined && bit >= widthOf(address) * BITS_PER_REGISTER) return `a ${type} has no bit ${bit}`;
  if (byte !== undefined && type !== 'int8' && type !== 'uint8') return `byte is for int8 and uint8, not for ${type}`;
  if (invert && bit === undefined && type !== 'bool') return `invert is for a bit or a bool, not for ${type}`;
  if (labels !== undefined && isNoInteger) return `labels are for whole numbers, not for ${type}`;
  if ((length !== undefined) !== (type === 'string')) return 'length and type: string go together';
  return null;
}

function wholeIn({ type, byte }: Address, word: Buffer): number | bigint | null {
  switch (type) {
    case 'bool':
      return word.readUInt16BE() === 0 ? 0 : 1;
    case 'int8':
      return word.readInt8(byte === 'high' ? 0 : 1);
    case 'uint8':
      return word.readUInt8(byte === 'high' ? 0 : 1);
    case 'int16':
      return word.readInt16BE();
    case 'uint16':
      return word.readUInt16BE();
    case 'int32':
      return word.readInt32BE();
    case 'uint32':
      return word.readUInt32BE();
    case 'int64':
      return word.readBigInt64BE();
    case 'uint64':
      return word.readBigUInt64BE();
    case 'float32':
      return word.readFloatBE();
    case 'float64':
      return word.readDoubleBE();
    case 'bcd16':
    case 'bcd32':
      return decimalIn(word);
    case 'string':
      return null;
  }
}

/** Binary-coded decimal: four bits a digit, no sign. */
function decimalIn(word: Buffer): number | null {
  let number = 0;
  for (const byte of word) {
    const [high, low] = [byte >> 4, byte & 15];
    if (high >= DECIMAL_DIGITS || low >= DECIMAL_DIGITS) return null;
    number = number * 100 + high * 10 + low;
  }
  return number;
}

/** Puts the bytes of one value in big-endian order; a copy where they move, because several tags may share registers. */
function bigEndian(bytes: Buffer, order: Address['order']): Buffer {
  switch (order) {
    case 'ABCD':
      return bytes;
    case 'DCBA':
      return Buffer.from(bytes).reverse();
    case 'BADC':
      return Buffer.from(bytes).swap16();
    case 'CDAB':
      return Buffer.from(bytes).reverse().swap16();
  }
}

import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

/** A picture whose pixels are numbers of colours. */
export interface IndexedPicture {
  readonly width: number;
  readonly height: number;
  /** `width * height` numbers, row by row from the top left. */
  readonly pixels: Uint8Array;
  /** At most 256, each red, green and blue from 0 to 255. */
  readonly colours: readonly (readonly [red: number, green: number, blue: number])[];
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const BITS = 8;
const INDEXED = 3;

/** Packs a picture as PNG, 8 bits with a palette. Source: W3C PNG (Third Edition), sections 5, 9 and 11. O(pixels). */
export async function packPng({ width, height, pixels, colours }: IndexedPicture): Promise<Buffer> {
  const rows = Buffer.alloc(height * (width + 1)); // each begins with its filter, 0: none
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = BITS;
  header[9] = INDEXED;
  return Buffer.concat([
    SIGNATURE,
    chunkOf('IHDR', header),
    chunkOf('PLTE', Buffer.from(colours.flat())),
    chunkOf('IDAT', await promisify(deflate)(rows)),
    chunkOf('IEND', Buffer.alloc(0)),
  ]);
}

function chunkOf(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(body.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}

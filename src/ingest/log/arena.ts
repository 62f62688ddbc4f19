const BLOCK_BYTES = 1024 * 1024;
/** Blocks that are kept for the next use; what a burst needed beyond goes back to the system. */
const SPARE_BLOCKS = 4;

interface Block {
  readonly bytes: Buffer;
  used: number;
  /** Pieces of it that are in use. */
  live: number;
}

/** A piece of memory, in use until `free` is called, once. */
export interface Piece {
  readonly bytes: Buffer;
  free(): void;
}

/**
 * Memory for what is written to disk and then forgotten, used over and over. Made anew for each batch, it would have the
 * collector run several times a second, and whoever waits for the log wait for that.
 */
export class Arena {
  #current: Block = newBlock();
  readonly #spare: Block[] = [];

  /** Memory of `length` bytes, with anything in it. */
  take(length: number): Piece {
    if (length > BLOCK_BYTES) return { bytes: Buffer.allocUnsafeSlow(length), free: () => undefined };
    if (this.#current.used + length > BLOCK_BYTES) this.#current = this.#spare.pop() ?? newBlock();
    const block = this.#current;
    const bytes = block.bytes.subarray(block.used, block.used + length);
    block.used += (length + 7) & ~7; // what is numbers within is aligned for them
    block.live++;
    return { bytes, free: () => this.#free(block) };
  }

  #free(block: Block): void {
    block.live--;
    if (block.live > 0) return;
    block.used = 0;
    if (block !== this.#current && this.#spare.length < SPARE_BLOCKS) this.#spare.push(block);
  }
}

function newBlock(): Block {
  return { bytes: Buffer.allocUnsafeSlow(BLOCK_BYTES), used: 0, live: 0 };
}

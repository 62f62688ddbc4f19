import { once } from 'node:events';

const PIECE_CHARACTERS = 64 * 1024;

/** Lines for standard output, handed on in pieces and no faster than they are read. Rejects with `EPIPE` when nobody reads on. */
export class LineOutput {
  #piece = '';

  async add(line: string): Promise<void> {
    this.#piece += `${line}\n`;
    if (this.#piece.length >= PIECE_CHARACTERS) await this.flush();
  }

  /** Hands on what is left. */
  async flush(): Promise<void> {
    const piece = this.#piece;
    this.#piece = '';
    if (piece !== '' && !process.stdout.write(piece)) await once(process.stdout, 'drain');
  }
}

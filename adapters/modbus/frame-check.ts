/** Transaction, protocol, length and unit: the head of a Modbus TCP frame (MBAP). */
const HEAD_BYTES = 7;
/** Function and exception code at least; 253 bytes of PDU at most, plus the unit. */
const MIN_LENGTH = 3;
const MAX_LENGTH = 254;

/**
 * Watches the head of every frame that arrives on a connection, because the protocol library does not: it accepts any
 * protocol id, takes an exception from a foreign unit for an answer, and ignores what nobody asked for.
 */
export class FrameCheck {
  #head = Buffer.alloc(0);
  #bodyBytes = 0;
  #expected: { readonly transaction: number; readonly unitId: number } | null = null;

  /** Says which answer comes next; there is never more than one on its way. */
  expect(transaction: number, unitId: number): void {
    this.#expected = { transaction, unitId };
  }

  /** Takes bytes as they arrive, in pieces of any size; says in words what is wrong, `null` while nothing is. */
  push(chunk: Buffer): string | null {
    let rest = chunk;
    while (rest.length > 0) {
      const body = Math.min(this.#bodyBytes, rest.length);
      this.#bodyBytes -= body;
      rest = rest.subarray(body);
      const missing = HEAD_BYTES - this.#head.length;
      this.#head = Buffer.concat([this.#head, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (this.#head.length < HEAD_BYTES) return null;
      const fault = this.#checkHead(this.#head);
      if (fault !== null) return fault;
      this.#bodyBytes = this.#head.readUInt16BE(4) - 1;
      this.#head = Buffer.alloc(0);
      this.#expected = null;
    }
    return null;
  }

  #checkHead(head: Buffer): string | null {
    const transaction = head.readUInt16BE(0);
    const protocol = head.readUInt16BE(2);
    const length = head.readUInt16BE(4);
    const unitId = head.readUInt8(6);
    if (protocol !== 0) return `protocol id ${protocol} instead of 0`;
    if (length < MIN_LENGTH || length > MAX_LENGTH) return `a frame of ${length} bytes`;
    if (this.#expected === null) return 'an answer nobody asked for';
    if (transaction !== this.#expected.transaction)
      return `transaction ${transaction} instead of ${this.#expected.transaction}`;
    if (unitId !== this.#expected.unitId) return `unit ${unitId} instead of ${this.#expected.unitId}`;
    return null;
  }
}

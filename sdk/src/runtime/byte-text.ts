import { Buffer } from 'node:buffer';

/** UTF-8 needs no more for one unit of a JavaScript string. */
const BYTES_PER_UNIT = 3;

/** Text that grows as the bytes that it will be sent as: joining it first and encoding it then takes twice as long. */
export class ByteText {
  length = 0;
  readonly #capacity: number;
  #bytes: Buffer<ArrayBuffer>;

  /** @param capacity bytes; more is taken when it does not do */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  append(text: string): void {
    const needed = this.length + text.length * BYTES_PER_UNIT;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(needed * 2);
      this.#bytes.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    this.length += this.#bytes.write(text, this.length);
  }

  /** What was appended since it had this length; good until the next call. */
  since(length: number): Uint8Array {
    return this.#bytes.subarray(length, this.length);
  }

  /** All of it, in a buffer of its own; then it is empty. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(this.#bytes.buffer, 0, this.length);
    this.#bytes = Buffer.allocUnsafeSlow(this.#capacity);
    this.length = 0;
    return taken;
  }
}

import { Buffer } from 'node:buffer';

/** UTF-8 needs no more for one unit of a JavaScript string. */
const BYTES_PER_UNIT = 3;
const LENGTH_BYTES = 4;
/** What stands for the length of nothing at all. */
const NULL_LENGTH = -1;

const NOTHING = Buffer.allocUnsafeSlow(0);

/** Text that grows as the bytes that it will be sent as: joining it first and encoding it then takes twice as long. */
export class ByteText {
  length = 0;
  readonly #capacity: number;
  /** Most reads find nothing: it is made when there is something. */
  #bytes: Buffer<ArrayBuffer> = NOTHING;

  /** @param capacity bytes; more is taken when it does not do */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  append(text: string): void {
    this.#makeRoom(text.length * BYTES_PER_UNIT);
    this.length += this.#bytes.write(text, this.length);
  }

  /** The first characters of a text that is ASCII. */
  appendStart(text: string, characters: number): void {
    this.#makeRoom(characters);
    this.length += this.#bytes.write(text, this.length, characters, 'latin1');
  }

  appendByte(byte: number): void {
    this.#makeRoom(1);
    this.#bytes[this.length] = byte;
    this.length += 1;
  }

  /** The length of what is appended next, as {@link appendMeasured} writes it. */
  appendLength(bytes: number): void {
    this.#makeRoom(LENGTH_BYTES);
    this.length = this.#bytes.writeInt32BE(bytes, this.length);
  }

  /** With its length in bytes before it, 32 bits with the highest first. */
  appendMeasured(text: string | null): void {
    if (text === null) return this.appendLength(NULL_LENGTH);
    const before = this.length;
    this.appendLength(0);
    this.append(text);
    this.#bytes.writeInt32BE(this.length - before - LENGTH_BYTES, before);
  }

  /** What was appended since it had this length; good until the next call. */
  since(length: number): Uint8Array {
    return this.#bytes.subarray(length, this.length);
  }

  /** All of it, in a buffer of its own; then it is empty. */
  take(): Uint8Array<ArrayBuffer> {
    if (this.length === 0) return new Uint8Array();
    const taken = new Uint8Array(this.#bytes.buffer, 0, this.length);
    this.#bytes = NOTHING;
    this.length = 0;
    return taken;
  }

  #makeRoom(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(this.length === 0 ? Math.max(needed, this.#capacity) : needed * 2);
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}

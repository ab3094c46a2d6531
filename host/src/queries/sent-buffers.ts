// Frees the bytes of an answer as soon as they are sent. They lie outside of the heap, and the collector frees them when it comes to them:
// before that, every few dozen MB of a large answer make it go through the whole heap, which holds up everybody else's requests.
import type { Readable, Writable } from 'node:stream';

/** Buffers of an answer that nobody else has. */
export type Own = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

export class SentBuffers {
  readonly #waiting: { readonly buffer: ArrayBuffer; readonly end: number }[] = [];
  readonly #owned = new WeakSet<Uint8Array>();
  #given = 0;

  /** Says that bytes are the answer's alone. */
  readonly own: Own = (bytes) => {
    const { buffer, byteLength } = bytes;
    // Small buffers of Node share their memory, and what a plugin's thread sends may be anything.
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) this.#owned.add(bytes);
    return bytes;
  };

  /** The parts of a body on their way from `source` to `target`. */
  async *follow(
    body: AsyncIterable<Uint8Array<ArrayBuffer> | string>,
    way: () => { readonly source: Readable; readonly target: Writable },
  ): AsyncGenerator<Uint8Array<ArrayBuffer> | string> {
    for await (const part of body) {
      this.#given += Buffer.byteLength(part);
      if (typeof part !== 'string' && this.#owned.has(part))
        this.#waiting.push({ buffer: part.buffer, end: this.#given });
      yield part;
      const { source, target } = way();
      // What frames it is counted as unsent too: bytes are freed later than they might be, and never before they are sent.
      if (!target.destroyed) this.#free(this.#given - source.readableLength - target.writableLength);
    }
  }

  #free(sent: number): void {
    let count = 0;
    for (const { buffer, end } of this.#waiting) {
      if (end > sent) break;
      buffer.transfer(0);
      count += 1;
    }
    this.#waiting.splice(0, count);
  }
}

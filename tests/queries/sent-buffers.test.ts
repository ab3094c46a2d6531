// The bytes of an answer are freed when they are sent, and not before.
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SentBuffers } from '../../host/src/queries/sent-buffers.ts';

interface Sent {
  readonly text: string;
  /** What every buffer was when the next one was asked for. */
  readonly freed: number;
  readonly most: number;
}

/** A reader that takes what it is given when `slowness` turns of the event loop are over. */
async function send(parts: readonly (Uint8Array<ArrayBuffer> | string)[], slowness: number): Promise<Sent> {
  const sent = new SentBuffers();
  const taken: string[] = [];
  const target = new Writable({
    highWaterMark: 64,
    write(chunk: Buffer, _encoding, done) {
      let turns = slowness;
      const take = (): void => {
        if (turns-- > 0) return void setImmediate(take);
        // Whoever writes to a socket has the memory read by the system at some time until this.
        taken.push(chunk.toString('latin1'));
        done();
      };
      take();
    },
  });
  const buffers: ArrayBuffer[] = [];
  let most = 0;
  async function* body(): AsyncGenerator<Uint8Array<ArrayBuffer> | string> {
    for (const part of parts) {
      if (typeof part !== 'string') buffers.push(part.buffer);
      yield typeof part === 'string' ? part : sent.own(part);
      most = Math.max(most, buffers.filter(({ detached }) => !detached).length);
    }
  }
  const source: Readable = Readable.from(
    sent.follow(body(), () => ({ source, target })),
    { objectMode: false, highWaterMark: 64 },
  );
  source.pipe(target);
  await once(target, 'finish');
  return { text: taken.join(''), freed: buffers.filter(({ detached }) => detached).length, most };
}

test('whatever the parts are and however slowly they are read, every byte arrives as it was', async () => {
  const part = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 100 }),
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 20 }), fc.integer({ min: 0, max: 3 }), async (parts, slowness) => {
      const expected = parts
        .map((one) => (typeof one === 'string' ? one : Buffer.from(one).toString('latin1')))
        .join('');
      const own = parts.map((one) => (typeof one === 'string' ? one : new Uint8Array(one)));
      expect((await send(own, slowness)).text).toBe(expected);
    }),
  );
});

test('a long answer holds a few buffers at a time, and in the end all but the last are free', async () => {
  const parts = Array.from({ length: 200 }, () => new Uint8Array(1000).fill(120));
  const { text, freed, most } = await send(parts, 1);
  expect(text).toBe('x'.repeat(200_000));
  expect(most).toBeLessThan(10);
  expect(freed).toBeGreaterThan(190);
});

test.each([
  ['of somebody else', (bytes: Uint8Array<ArrayBuffer>) => bytes],
  ['in memory that they share', undefined],
])('bytes %s are left alone', async (_what, given) => {
  const shared = given === undefined ? new Uint8Array(new ArrayBuffer(2000), 0, 1000) : new Uint8Array(1000);
  const sent = new SentBuffers();
  const target = new Writable({ write: (_chunk, _encoding, done) => done() });
  const body = (async function* () {
    for (let times = 0; times < 5; times += 1) yield (given ?? sent.own)(shared);
  })();
  const source: Readable = Readable.from(
    sent.follow(body, () => ({ source, target })),
    { objectMode: false },
  );
  source.pipe(target);
  await once(target, 'finish');
  expect(shared.byteLength).toBe(1000);
});

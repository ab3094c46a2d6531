// Memory that V8 does not count is invisible to the host's watchdog: a plugin could fill the machine with it. What plugins can do
// without is removed; blobs, which uploads need, are counted here.
import { createRequire, syncBuiltinESMExports } from 'node:module';

/** Shared and WebAssembly memory, and messages that wait in a port nobody reads. */
const REMOVED_GLOBALS = ['MessageChannel', 'SharedArrayBuffer', 'WebAssembly'];

/** Bytes of live blobs in one thread: several of the largest bodies that the gateway takes. */
const BLOB_BYTES = 64 * 1024 * 1024;

/** Call before plugin code is loaded. */
export function limitUncountedMemory(): void {
  for (const name of REMOVED_GLOBALS) Reflect.deleteProperty(globalThis, name);
  const require = createRequire(import.meta.url);
  const buffer: Record<string, unknown> = require('node:buffer');
  const { Blob, File } = countedBlobs();
  for (const target of [globalThis, buffer]) {
    Object.defineProperty(target, 'Blob', { value: Blob, writable: true, configurable: true });
    Object.defineProperty(target, 'File', { value: File, writable: true, configurable: true });
  }
  syncBuiltinESMExports();
  for (const { prototype } of [Response, Request]) {
    const blob = async function (this: Response | Request): Promise<globalThis.Blob> {
      return new Blob([await this.arrayBuffer()], { type: this.headers.get('content-type') ?? '' });
    };
    Object.defineProperty(prototype, 'blob', { value: blob, writable: true, configurable: true });
    // It makes blobs of its own; only servers read forms.
    Reflect.deleteProperty(prototype, 'formData');
  }
}

/** The same classes, with a constructor that counts. The uncounted ones are out of reach afterwards. */
function countedBlobs(): { Blob: typeof Blob; File: typeof File } {
  let live = 0;
  const collected = new FinalizationRegistry((bytes: number) => {
    live -= bytes;
  });
  const counted = <C extends typeof Blob | typeof File>(native: C): C => {
    const proxy = new Proxy(native, {
      construct(target, args, newTarget) {
        const blob: Blob = Reflect.construct(target, args, newTarget);
        if (live + blob.size > BLOB_BYTES) throw new RangeError(`blobs of this thread exceed ${BLOB_BYTES} bytes`);
        live += blob.size;
        collected.register(blob, blob.size);
        return blob;
      },
    });
    Object.defineProperty(native.prototype, 'constructor', { value: proxy });
    return proxy;
  };
  const counting = { Blob: counted(Blob), File: counted(File) };
  Object.setPrototypeOf(File, counting.Blob);
  return counting;
}

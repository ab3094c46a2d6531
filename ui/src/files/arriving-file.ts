// An answer that becomes a file: how much of it has come is said all the while, and it can be stopped.

/** Bytes that the page holds before it hands them to the browser, which keeps what is large on the disk. */
const HELD = 4_000_000;
/** Milliseconds between two words about it. */
const RHYTHM = 200;

/** @throws what the signal of the request says when it was stopped, and TypeError when the connection broke. */
export async function arrivingFile(response: Response, onProgress: (bytes: number) => void): Promise<Blob> {
  const type = response.headers.get('content-type') ?? '';
  let file = new Blob([], { type });
  let held: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  let kept = 0;
  let said = 0;
  const keep = (): void => {
    file = new Blob([file, ...held], { type });
    held = [];
    kept = bytes;
  };
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    held.push(part.value);
    bytes += part.value.byteLength;
    if (bytes - kept >= HELD) keep();
    const now = performance.now();
    if (now - said < RHYTHM) continue;
    said = now;
    onProgress(bytes);
  }
  keep();
  return file;
}

/** The browser asks where it should go, or puts it where downloads go. */
export function saveFile(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Revoked at once, some browsers save nothing.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** "12.4 MB" */
export function sizeText(bytes: number): string {
  const step = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const style = { style: 'unit', unit: SIZES[step], maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(undefined, style).format(bytes / 1000 ** step);
}

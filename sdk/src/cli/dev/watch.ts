// Hears of changes of files. Editors write a file several times, or a new one in its place: what comes close together is one change.
import { watch, type FSWatcher } from 'node:fs';
import { dirname, join } from 'node:path';

/** Longer than an editor takes to save, shorter than a person notices. */
const CLOSE_MS = 25;

export interface Watch extends Disposable {
  /** Watches the folders of these files, relative to the root, and no others. */
  follow(files: Iterable<string>): void;
}

/** `onChange` is told when the change began, as `performance.now()` says. */
export function watchFiles(root: string, onChange: (since: number) => void): Watch {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let since: number | undefined;
  const heard = (): void => {
    clearTimeout(timer);
    const began = (since ??= performance.now());
    timer = setTimeout(() => {
      since = undefined;
      onChange(began);
    }, CLOSE_MS);
  };
  const stop = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  return {
    follow(files) {
      const wanted = new Set([...files].map((file) => dirname(join(root, file))));
      for (const folder of watchers.keys()) if (!wanted.has(folder)) stop(folder);
      for (const folder of wanted) {
        if (watchers.has(folder)) continue;
        const watcher = watch(folder, heard);
        // The folder is gone: the next build says what is missing.
        watcher.on('error', () => stop(folder));
        watchers.set(folder, watcher);
      }
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const folder of watchers.keys()) stop(folder);
    },
  };
}

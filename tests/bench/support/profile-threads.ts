// Loaded into a host before its own code, for `--profile`: Node profiles the main thread alone where threads are started with options of
// their own. A sandbox thread may not write files, so what is profiled are threads that are not sealed by Node's permission model.
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Worker, WorkerOptions } from 'node:worker_threads';

const threads: { Worker: new (file: string | URL, options?: WorkerOptions) => Worker; isMainThread: boolean } =
  createRequire(import.meta.url)('node:worker_threads');

if (threads.isMainThread) {
  const profiling = process.execArgv.filter((argument) => argument.startsWith('--cpu-prof'));
  threads.Worker = class extends threads.Worker {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      const given = (options.execArgv ?? process.execArgv).filter(
        (argument) => !/^--(permission|allow-)/.test(argument),
      );
      super(file, { ...options, execArgv: [...given, ...profiling] });
    }
  };
  syncBuiltinESMExports();
}

// Walls of the sandbox. Where two stand behind each other, one mutation takes down both, and `tests` has what shows each by itself.
import { patch, type Mutation, type Patch } from './mutation.ts';

const SEAL = 'sdk/src/runtime/seal.ts';
const WORKER = 'sdk/src/runtime/worker.ts';
const RUN = 'sdk/src/runtime/run.ts';
const CELLS = 'sdk/src/runtime/cells.ts';
const ROWS = 'sdk/src/runtime/rows.ts';
const THREADS = 'host/src/sandbox/thread-pool.ts';
const HOST_RUN = 'host/src/sandbox/run.ts';

const noFlags: Patch = patch(THREADS, "['--permission', ...readable.map((path) => `--allow-fs-read=${path}`)]", '[]');
const noModuleHooks: Patch = patch(SEAL, '  restrictModules();\n');
const realProcess: Patch = patch(SEAL, 'value: createProcessFacade(endThread),', 'value: process,');
const allPowers: Patch = patch(SEAL, 'for (const name of PROCESS_POWERS) Reflect', 'for (const name of []) Reflect');
const allGlobals: Patch = patch(SEAL, 'for (const name of REMOVED_GLOBALS) Reflect', 'for (const name of []) Reflect');
const EVERYWHERE = ['files', 'network', 'processes', 'tampering'] as const;

export const SANDBOX: readonly Mutation[] = [
  { without: 'permission flags', patches: [noFlags], groups: EVERYWHERE, tests: ['tests/sandbox/layers.test.ts'] },
  {
    without: 'hooks that refuse modules',
    patches: [noModuleHooks],
    groups: EVERYWHERE,
    tests: ['tests/sandbox/layers.test.ts'],
  },
  {
    without: 'permission flags and hooks that refuse modules',
    patches: [noFlags, noModuleHooks],
    groups: EVERYWHERE,
  },
  {
    without: 'a process of its own to show',
    patches: [realProcess],
    groups: EVERYWHERE,
    tests: ['tests/sandbox/walls.test.ts'],
  },
  {
    without: 'a process of its own to show, and with all powers of the real one',
    patches: [realProcess, allPowers, noFlags, noModuleHooks],
    groups: EVERYWHERE,
  },
  {
    without: 'an empty environment',
    patches: [
      patch(THREADS, '{ env: {}, execArgv', '{ env: { SECRET: "x" }, execArgv'),
      patch('sdk/src/runtime/process-facade.ts', '    env: {},', '    env: process.env,'),
    ],
    groups: ['files'],
  },
  {
    without: 'the removal of globals that reach other threads or do I/O',
    patches: [allGlobals],
    groups: EVERYWHERE,
    tests: ['tests/sandbox/layers.test.ts'],
  },
  {
    without: 'limits of memory that V8 does not count',
    patches: [patch(SEAL, '  limitUncountedMemory();\n')],
    groups: ['files', 'processes', 'floods'],
  },
  {
    without: 'frozen intrinsics',
    patches: [patch(SEAL, '  lockIntrinsics();\n')],
    groups: ['tampering'],
    tests: ['tests/sandbox/walls.test.ts'],
  },
  {
    without: 'locked globals',
    patches: [patch(SEAL, '  lockIntrinsics();\n  lockGlobals();\n', '  lockIntrinsics();\n')],
    groups: ['tampering'],
  },
  {
    without: 'a fetch of its own',
    patches: [
      patch(WORKER, 'globalThis.fetch = (input, init) => {', 'void ((input: string, init?: RequestInit) => {'),
      patch(WORKER, '  return run.fetch(input, init);\n};', '  return run.fetch(input, init);\n});'),
    ],
    groups: ['network', 'files'],
  },
  {
    without: 'a fetch of its own and permission flags',
    patches: [
      patch(WORKER, 'globalThis.fetch = (input, init) => {', 'void ((input: string, init?: RequestInit) => {'),
      patch(WORKER, '  return run.fetch(input, init);\n};', '  return run.fetch(input, init);\n});'),
      noFlags,
    ],
    groups: ['network', 'files'],
  },
  {
    without: 'an end of calls when their run ends',
    patches: [
      patch(
        RUN,
        "    this.#abort.abort(new DOMException('the run has ended', 'AbortError'));\n    this.#gateway.close();\n",
      ),
      patch(
        'host/src/sandbox/attempt.ts',
        '    if (this.#threadId !== undefined) this.#pool.finished(this.#runId, this.#threadId);\n    this.gateway.close();',
        '    if (this.#threadId !== undefined) this.#pool.finished(this.#runId, this.#threadId);',
      ),
      patch(
        'host/src/sandbox/attempt.ts',
        "    this.#send({ t: 'cancel', reason });\n    this.gateway.close();",
        "    this.#send({ t: 'cancel', reason });",
      ),
    ],
    groups: ['network'],
  },
  {
    without: 'a module instance for each instance',
    patches: [
      patch('host/src/sandbox/lane.ts', 'moduleKey: `${request.instance.id}@${request.revision}`', "moduleKey: 'one'"),
    ],
    groups: ['tampering'],
    tests: ['tests/sandbox/isolation.test.ts'],
  },
  {
    without: 'a frozen config',
    patches: [patch(RUN, 'config: Object.freeze(config)', 'config')],
    groups: ['tampering'],
  },
  {
    without: 'a cap on log lines',
    patches: [patch(RUN, 'if (this.#ended || this.#logLines > LOG_LINES) return;', 'if (this.#ended) return;')],
    groups: ['excess'],
    tests: ['tests/sandbox/deaths.test.ts'],
  },
  {
    without: 'a check of cells against their columns',
    patches: [
      patch(
        CELLS,
        "if (typeof value !== 'string') return refuse(value, 'a string');\n        if (value.length > ROW_CHARACTERS) return refuse(value, `at most ${ROW_CHARACTERS} characters`);\n        return value;",
        'return value as string;',
      ),
    ],
    groups: ['tampering', 'excess'],
  },
  {
    without: 'caps on cells and rows',
    patches: [
      patch(
        CELLS,
        '        if (value.length > ROW_CHARACTERS) return refuse(value, `at most ${ROW_CHARACTERS} characters`);\n',
      ),
      patch(CELLS, '  if (length <= ROW_CHARACTERS) return;', '  if (length >= 0) return;'),
    ],
    groups: ['excess'],
  },
  {
    without: 'a check that a row is an object',
    patches: [patch(CELLS, "if (typeof row !== 'object' || row === null) throw", 'if (row === null) throw')],
    groups: ['tampering'],
  },
  {
    without: 'rows that have their columns and nothing else, read once',
    patches: [
      patch(
        ROWS,
        '    const values = propertiesOf(row);\n',
        "    const values = propertiesOf(row);\n    for (const { name } of pieces) void values[name];\n    if ('__proto__' in values && Object.hasOwn(values, '__proto__')) return stringify(values) + '\\n';\n",
      ),
      patch(
        'sdk/src/runtime/row-copies.ts',
        '    const characters = copyTo(propertiesOf(row), copies);\n',
        "    const values = propertiesOf(row);\n    for (const { name } of columns) void values[name];\n    if (Object.hasOwn(values, '__proto__')) return copies.push(values);\n    const characters = copyTo(values, copies);\n",
      ),
    ],
    groups: ['tampering'],
  },
  {
    without: 'care in reading what a plugin throws',
    patches: [
      patch(
        'sdk/src/runtime/faults.ts',
        '  try {\n    return describe(thrown, where);\n  } catch {',
        '  if (where !== "") return describe(thrown, where);\n  {',
      ),
    ],
    groups: ['tampering'],
  },
  {
    without: 'a catch around the plugin',
    patches: [
      patch(
        RUN,
        '    } catch (error) {\n      return { ok: false, rows: this.#rows.rows, fault: toFault(error, this.#where) };\n    }',
        '    } finally {\n      // Nothing.\n    }',
      ),
    ],
    groups: ['tampering', 'crashes'],
  },
  {
    without: 'handlers of what nobody awaits',
    patches: [patch(WORKER, "process.on('unhandledRejection', blame);\nprocess.on('uncaughtException', blame);\n")],
    groups: ['leaks', 'crashes'],
    tests: ['tests/sandbox/deaths.test.ts'],
  },
  {
    without: "the pool's own file in front of the bundle",
    patches: [
      patch(WORKER, 'import { sealThread }', 'import { expectImport, sealThread }'),
      patch(WORKER, 'sealThread();\n\n', 'sealThread();\nexpectImport(bundleUrl);\nawait import(bundleUrl);\n\n'),
    ],
    groups: ['crashes', 'loops'],
  },
  {
    without: 'the watchdog of memory',
    patches: [
      patch(
        THREADS,
        'if (heap.used_heap_size + heap.external_memory > this.#options.memoryMb * 1024 * 1024)',
        'if (heap.used_heap_size < 0)',
      ),
      patch(THREADS, 'maxOldGenerationSizeMb: memoryMb * limits.hardMemoryFactor,', 'maxOldGenerationSizeMb: 4096,'),
    ],
    groups: ['floods'],
  },
  {
    without: 'deadlines of runs',
    patches: [patch(HOST_RUN, '    else this.#deadline.run();', '    else this.#deadline.pause();')],
    groups: ['loops'],
  },
  {
    without: 'the end of a thread that does not obey',
    patches: [
      patch(
        'host/src/sandbox/attempt.ts',
        "const runs = this.#pool.kill(threadId, { kind: 'deadline', runId: this.#runId });",
        'const runs: number = 0;',
      ),
    ],
    groups: ['loops'],
  },
  {
    without: 'loops that can be interrupted',
    patches: [patch(THREADS, "  setFlagsFromString('--no-turboshaft-loop-unrolling');", '  void setFlagsFromString;')],
    groups: ['loops'],
    tests: ['tests/sandbox/hostile.test.ts'],
  },
  {
    without: 'the end of a thread that is blocked after its run',
    patches: [
      patch(
        THREADS,
        'if (watch.blockedPolls >= BLOCKED_POLLS && watch.runs.size === 0) this',
        'if (watch.blockedPolls < 0) this',
      ),
    ],
    groups: ['loops'],
  },
  {
    without: 'the end of a thread that is blocked while runs share it',
    patches: [patch(THREADS, 'if (suspects(this.#watch.get(threadId)) > 1) this', 'if (threadId < 0) this')],
    tests: ['tests/sandbox/deaths.test.ts'],
  },
  {
    without: 'a second try of reads whose thread died under them',
    patches: [
      patch(
        HOST_RUN,
        'if (!guilty && !this.#delivered && !this.#spec.alone) {',
        'if (!guilty && this.#delivered && !this.#spec.alone) {',
      ),
    ],
    groups: ['crashes', 'loops'],
    tests: ['tests/sandbox/deaths.test.ts'],
  },
  {
    without: 'quarantine',
    patches: [patch('host/src/sandbox/quarantine.ts', 'if (wait <= 0) return', 'return')],
    tests: ['tests/sandbox/deaths.test.ts'],
  },
  {
    without: 'threads of a client of its own',
    patches: [
      patch(
        'host/src/sandbox/sandbox.ts',
        "plugin.isolation === 'client' ? owner : plugin.isolation",
        "plugin.isolation === 'client' ? owner.slice(0, 0) : plugin.isolation",
      ),
    ],
    tests: ['tests/sandbox/isolation.test.ts'],
  },
  {
    without: "flags of a plugin's own process",
    patches: [
      patch(
        'host/src/sandbox/process-pool.ts',
        "    '--permission',\n    '--allow-worker',\n    '--disable-warning=PERM0006',\n    ...readable.map((path) => `--allow-fs-read=${path}`),\n",
        '',
      ),
    ],
    tests: ['tests/sandbox/layers.test.ts'],
  },
];

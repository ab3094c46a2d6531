// The `process` a plugin sees: what libraries read to find out where they run, and nothing that acts on the host.

export function createProcessFacade(endThread: (code: number) => unknown): object {
  const { version, versions, platform, arch, release, nextTick, hrtime, uptime, memoryUsage } = process;
  const ignore = function (this: unknown): unknown {
    return this;
  };
  const sink = Object.freeze({
    isTTY: false,
    writable: true,
    write: () => true,
    on: ignore,
    once: ignore,
    end: ignore,
  });
  return Object.freeze({
    version,
    versions: Object.freeze({ ...versions }),
    platform,
    arch,
    release: Object.freeze({ name: release.name }),
    title: 'jackfield-plugin',
    pid: 1,
    argv: Object.freeze([]),
    execArgv: Object.freeze([]),
    env: {},
    stdout: sink,
    stderr: sink,
    nextTick: nextTick.bind(process),
    hrtime: Object.freeze(Object.assign((time?: [number, number]) => hrtime(time), { bigint: () => hrtime.bigint() })),
    uptime: () => uptime(),
    memoryUsage: () => memoryUsage(),
    cwd: () => '/',
    emitWarning: ignore,
    on: ignore,
    once: ignore,
    off: ignore,
    addListener: ignore,
    removeListener: ignore,
    removeAllListeners: ignore,
    emit: () => false,
    listeners: () => [],
    listenerCount: () => 0,
    /** Ends this thread, which fails every run on it. */
    exit: (code?: number) => endThread(Number(code ?? 0)),
  });
}

export type { RunGateway } from './attempt.ts';
export type { Chunk } from './attempt.ts';
export { closedGateway } from './closed-gateway.ts';
export type { RunResult, SandboxRun } from './run.ts';
export { createSandbox, newRunId, type RunRequest, type Sandbox, type SandboxOptions } from './sandbox.ts';

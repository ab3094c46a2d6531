// What the host and the process of a plugin say to each other. Ports cannot leave a process, so each task's two are played out on
// the one line between them.
import type { FromGateway, FromRun, LateFault, RunTask, ToGateway, ToRun } from '@jackfield/sdk/runtime';
import type { PoolSettings, ThreadDeath } from './pool.ts';

export type PortName = 'run' | 'gateway';
export type PortMessage = FromRun | ToRun | FromGateway | ToGateway;

/** host -> process. `task` numbers the tries of runs. */
export type ToProcess =
  | { readonly t: 'open'; readonly settings: PoolSettings }
  | {
      readonly t: 'task';
      readonly task: number;
      readonly alone: boolean;
      readonly body: Omit<RunTask, 'runPort' | 'gatewayPort'>;
    }
  | { readonly t: 'port'; readonly task: number; readonly port: PortName; readonly message: PortMessage }
  /** The other end of the port was closed. */
  | { readonly t: 'close'; readonly task: number; readonly port: PortName }
  | { readonly t: 'kill'; readonly threadId: number; readonly death: Omit<ThreadDeath, 'runs'> }
  | { readonly t: 'silent'; readonly threadId: number }
  | { readonly t: 'rebuild' };

/** process -> host. */
export type FromProcess =
  | { readonly t: 'port'; readonly task: number; readonly port: PortName; readonly message: PortMessage }
  | { readonly t: 'close'; readonly task: number; readonly port: PortName }
  /** `death`: its thread died with it. */
  | { readonly t: 'settled'; readonly task: number; readonly death: ThreadDeath | null }
  | { readonly t: 'killed'; readonly threadId: number }
  /** How many are alive. */
  | { readonly t: 'threads'; readonly count: number }
  | { readonly t: 'late'; readonly fault: LateFault['lateFault'] }
  | { readonly t: 'replaced' };

/** Bytes that came over the line lie in one buffer with everything that came with them: a port would be handed all of it. */
export function ownBytes(message: PortMessage): { readonly message: PortMessage; readonly transfer: ArrayBuffer[] } {
  switch (message.t) {
    case 'chunk': {
      const bytes = message.bytes.slice();
      const keys = message.keys?.slice();
      return keys === undefined
        ? { message: { ...message, bytes }, transfer: [bytes.buffer] }
        : { message: { ...message, bytes, keys }, transfer: [bytes.buffer, keys.buffer] };
    }
    case 'body': {
      const bytes = message.bytes.slice();
      return { message: { ...message, bytes }, transfer: [bytes.buffer] };
    }
    case 'request': {
      if (message.body === null) return { message, transfer: [] };
      const body = message.body.slice();
      return { message: { ...message, body }, transfer: [body.buffer] };
    }
    case 'end':
      return { message: 'outcome' in message ? withOwnChanges(message) : message, transfer: [] };
    default:
      return { message, transfer: [] };
  }
}

function withOwnChanges(message: Extract<FromRun, { t: 'end' }>): FromRun {
  const { outcome } = message;
  if (!outcome.ok || outcome.value.answer === undefined) return message;
  const { answer } = outcome.value;
  const changes = answer.changes.map((change) => ({ ...change, bytes: change.bytes.slice() }));
  return { ...message, outcome: { ...outcome, value: { ...outcome.value, answer: { ...answer, changes } } } };
}

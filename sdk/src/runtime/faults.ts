// Turns whatever a plugin threw into plain data. The thrown value is hostile: reading it may throw again.
import { isVendorError } from '../define/errors.ts';
import type { Fault } from './protocol.ts';

const MESSAGE_LENGTH = 500;
const INTERNAL_LENGTH = 4000;

/** The cause of the TypeError that fetch rejects with when the gateway could not, or would not, make the call. */
export class GatewayError extends Error {
  readonly code: string;
  /** When it is worth asking again, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  constructor(code: string, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'GatewayError';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A mistake of the plugin that the runtime found and can name without showing data. */
export class PluginMistake extends Error {}

export function toFault(thrown: unknown, where: string): Fault {
  try {
    return describe(thrown, where);
  } catch {
    return { code: 'plugin_failed', message: `${where} threw something that cannot be read` };
  }
}

function describe(thrown: unknown, where: string): Fault {
  if (isVendorError(thrown)) {
    const retryAfterMs = Number(thrown.retryAfterMs);
    return {
      code: String(thrown.code),
      message: clip(String(thrown.message), MESSAGE_LENGTH),
      ...(thrown.retryAfterMs !== undefined && Number.isFinite(retryAfterMs) ? { retryAfterMs } : {}),
    };
  }
  if (thrown instanceof PluginMistake) return { code: 'plugin_failed', message: `${where}: ${thrown.message}` };
  const gateway = findGatewayError(thrown);
  if (gateway) {
    const { code, message, retryAfterMs } = gateway;
    return { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const internal = thrown instanceof Error ? String(thrown.stack ?? thrown.message) : String(thrown);
  const name = thrown instanceof Error ? clip(String(thrown.name), 60) : typeof thrown;
  return { code: 'plugin_failed', message: `${where} threw ${name}`, internal: clip(internal, INTERNAL_LENGTH) };
}

function findGatewayError(thrown: unknown): GatewayError | undefined {
  let error = thrown;
  for (let depth = 0; depth < 5 && error instanceof Error; depth += 1) {
    if (error instanceof GatewayError) return error;
    error = error.cause;
  }
  return undefined;
}

/** Text that fits; where it was cut it ends with `…`, which the host looks for when it takes out secrets. */
export function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

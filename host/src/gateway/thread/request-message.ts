// What comes from a sandbox thread is hostile until it has passed here.
import type { ToGateway } from '@jackfield/sdk/runtime';

export type RequestMessage = Extract<ToGateway, { t: 'request' }>;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;
const URL_LENGTH = 64 * 1024;
const HEADERS = 200;
/** More credits than this mean no back-pressure at all: 16 GB of chunks. */
const CREDITS = 1 << 18;

/** The message, rebuilt from the fields that were looked at; undefined when it is not one. */
export function parseToGateway(value: unknown): ToGateway | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { t, id, chunks }: Record<string, unknown> = { ...value };
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return undefined;
  switch (t) {
    case 'abort':
      return { t, id };
    case 'credit':
      return isCount(chunks) && chunks > 0 ? { t, id, chunks } : undefined;
    case 'request':
      return parseRequest(id, { ...value });
    default:
      return undefined;
  }
}

function parseRequest(id: number, value: Record<string, unknown>): RequestMessage | undefined {
  const { method, url, headers, body, redirect, credits } = value;
  if (typeof method !== 'string' || !TOKEN.test(method)) return undefined;
  if (typeof url !== 'string' || url.length > URL_LENGTH) return undefined;
  if (!Array.isArray(headers) || headers.length > HEADERS || !headers.every(isPair)) return undefined;
  if (body !== null && !isBytes(body)) return undefined;
  if (redirect !== 'follow' && redirect !== 'error' && redirect !== 'manual') return undefined;
  if (!isCount(credits)) return undefined;
  return { t: 'request', id, method, url, headers, body, redirect, credits };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= CREDITS;
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

/** Not on shared memory: what was checked must be what is sent. */
function isBytes(value: unknown): value is Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer;
}

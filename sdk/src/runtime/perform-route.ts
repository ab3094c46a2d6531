import type { AnyRoute, RouteRequest } from '../define/route.ts';
import { VendorError } from '../define/errors.ts';
import type { Context } from '../define/types.ts';
import { createCopiedRows } from './copy-rows.ts';
import { PluginMistake } from './faults.ts';
import { watchNames } from './misspelt.ts';
import type { Output } from './perform.ts';
import { keyEncoder, reasonOf } from './perform-stream.ts';
import type { EncodedChange, RunValue, StreamShape, TableEncoding, Work } from './protocol.ts';
import { createRowEncoder } from './rows.ts';

type Answer = NonNullable<RunValue['answer']>;

/** A vendor reads the status and little else. */
const ANSWER_CHARACTERS = 64 * 1024;
/** Rows that one call may change, encoded: they are held in memory until they are committed. */
const CHANGES_BYTES = 8 * 1024 * 1024;

/** Most calls change a row or two. */
const FEW_BYTES = 4096;

/** Bound once: a plugin shares the realm. */
const encoder = new TextEncoder();
const encodeText = encoder.encode.bind(encoder);
const { parse, stringify } = JSON;

export async function performRoute(
  route: AnyRoute<Record<string, unknown>>,
  { request, streams, encoding = 'ndjson' }: Extract<Work, { kind: 'route' }>,
  context: Context,
  { misspelt }: Pick<Output, 'misspelt'>,
): Promise<Answer> {
  const result: unknown = await route.handle(context, toRequest(request));
  if (typeof result !== 'object' || result === null) throw new PluginMistake('it must return an object');
  const { status = 200, json, changes = [] } = result as Record<string, unknown>;
  if (!Array.isArray(changes)) throw new PluginMistake('changes must be an array');
  let left = CHANGES_BYTES;
  const encoded = changes.map((item) => {
    const change = encodeChange(item, { streams, encoding, misspelt });
    left -= change.bytes.byteLength;
    if (left < 0) throw new PluginMistake(`its changes have more than ${CHANGES_BYTES} bytes`);
    return change;
  });
  return { status: parseStatus(status), body: parseBody(json), changes: encoded };
}

function toRequest(request: Omit<RouteRequest, 'json'>): RouteRequest {
  const json = (): unknown => {
    try {
      return parse(request.body);
    } catch {
      throw new VendorError('params_invalid', 'the body is not JSON');
    }
  };
  return Object.freeze({ ...request, json });
}

interface ChangeParts extends Pick<Output, 'misspelt'> {
  readonly streams: Readonly<Record<string, StreamShape>>;
  readonly encoding: TableEncoding;
}

function encodeChange(item: unknown, { streams, encoding, misspelt }: ChangeParts): EncodedChange {
  const { stream, change } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
  const shape = typeof stream === 'string' && Object.hasOwn(streams, stream) ? streams[stream] : undefined;
  if (typeof stream !== 'string' || shape === undefined) {
    throw new PluginMistake(`it changes a stream that it does not declare (${stringify(stream)})`);
  }
  const { step, rows, keys, reason } = (typeof change === 'object' && change !== null ? change : {}) as Record<
    string,
    unknown
  >;
  const list = (items: unknown): readonly unknown[] => {
    if (!Array.isArray(items)) throw new PluginMistake('a change must have an array of rows or keys');
    return items;
  };
  if (step === 'upsert') {
    const items = list(rows);
    items.forEach(watchNames(shape.columns, misspelt));
    return { stream, kind: 'upsert', reason: null, rows: items.length, bytes: encodeRows(items, shape, encoding) };
  }
  if (step === 'remove') {
    const items = list(keys);
    const bytes = encodeText(items.map(keyEncoder(shape)).join(''));
    return { stream, kind: 'remove', reason: reasonOf(reason), rows: items.length, bytes };
  }
  throw new PluginMistake('a change must be upsert() or remove()');
}

function encodeRows(rows: readonly unknown[], shape: StreamShape, encoding: TableEncoding): Uint8Array<ArrayBuffer> {
  if (encoding === 'ndjson') return encodeText(rows.map(createRowEncoder(shape.columns, encoding)).join(''));
  const copied = createCopiedRows(shape, FEW_BYTES);
  for (const row of rows) copied.add(row);
  return copied.take().bytes;
}

function parseStatus(status: unknown): number {
  const isStatus =
    typeof status === 'number' &&
    Number.isInteger(status) &&
    ((status >= 200 && status < 300) || (status >= 400 && status < 500));
  if (!isStatus) throw new PluginMistake(`status must be 200 to 299 or 400 to 499 (got ${String(status)})`);
  return status;
}

function parseBody(json: unknown): string | null {
  if (json === undefined) return null;
  let text: string | undefined;
  try {
    text = stringify(json);
  } catch {
    text = undefined;
  }
  if (text === undefined) throw new PluginMistake('json must be JSON');
  if (text.length > ANSWER_CHARACTERS) throw new PluginMistake(`json has more than ${ANSWER_CHARACTERS} characters`);
  return text;
}

// Bodies as a person reads them in a cassette, and as bytes. JSON is written as JSON only where that says the same to the last byte.
import type { CassetteBody } from '@jackfield/schemas';

export function bodyOf(bytes: Uint8Array, clean: (text: string) => string): CassetteBody | undefined {
  if (bytes.byteLength === 0) return undefined;
  const text = textOf(bytes);
  if (text === undefined) return { base64: Buffer.from(bytes).toString('base64') };
  const cleaned = clean(text);
  const json = parsed(cleaned);
  return json !== undefined && JSON.stringify(json.json) === cleaned ? json : { text: cleaned };
}

export function bytesOf(body: CassetteBody | undefined): Uint8Array<ArrayBuffer> {
  if (body === undefined) return new Uint8Array();
  if ('base64' in body) return new Uint8Array(Buffer.from(body.base64, 'base64'));
  return new TextEncoder().encode('text' in body ? body.text : JSON.stringify(body.json));
}

/** Undefined when it is no text. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parsed(text: string): Extract<CassetteBody, { json: unknown }> | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

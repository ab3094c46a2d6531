import { RefusalError } from './refusal-error.ts';

/** Parses bytes as JSON. @throws RefusalError naming `name`, with line and column where there is one. */
export function parseJson(bytes: Uint8Array, name: string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new RefusalError(`${name} is not UTF-8 text`);
  }
  if (text.startsWith('\uFEFF'))
    throw new RefusalError(`${name} starts with a byte order mark; save it as UTF-8 without`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RefusalError(`${name} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

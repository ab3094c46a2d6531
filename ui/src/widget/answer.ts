// What the host says of a widget, and its rows. Of a result without end, as much is read as a page can show.
import type { Column, Meta, Problem } from '@jackfield/schemas';
import type { Row } from '../charts/row.ts';
import type { Look } from '../charts/shape.ts';

/** How a widget is drawn. */
export interface Shows extends Look {
  readonly title: string;
  readonly description?: string;
  readonly refreshMs: number;
}

export interface Description {
  readonly plugin: string;
  readonly shows?: Shows;
  /** Why it can show nothing now. */
  readonly problem?: Problem;
}

export interface Answer {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly meta?: Partial<Meta>;
  readonly error?: Problem;
  /** There is more, which was not read. */
  readonly isCut: boolean;
}

/** A page that holds more is slow, and nobody reads it: the rest is for a file. */
export const MOST_ROWS = 10_000;
export const MOST_BYTES = 8_000_000;

/** Reads an answer of `application/json`, and stops where it becomes too much. */
export async function readAnswer(response: Response, stop: () => void): Promise<Answer> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    bytes += part.value.byteLength;
    text += decoder.decode(part.value, { stream: true });
    if (bytes < MOST_BYTES) continue;
    stop();
    return cut(text);
  }
  const answer = JSON.parse(text) as Omit<Answer, 'isCut'>;
  const isCut = answer.rows.length > MOST_ROWS;
  return { ...answer, rows: isCut ? answer.rows.slice(0, MOST_ROWS) : answer.rows, isCut };
}

/** A document that was left in the middle, up to its last whole row: each row stands on a line of its own. */
function cut(text: string): Answer {
  const whole = text.slice(0, text.lastIndexOf('\n'));
  const { columns = [], rows } = JSON.parse(`${whole.endsWith(',') ? whole.slice(0, -1) : whole}]}`) as Partial<Answer>;
  return { columns, rows: rows?.slice(0, MOST_ROWS) ?? [], isCut: true };
}

/** A strict RFC 4180 reader: records end with CRLF, a quote stands only where it must. Throws where a lenient one would guess. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const record: string[] = [];
    for (;;) {
      const [cell, next] = text[at] === '"' ? quoted(text, at) : plain(text, at);
      record.push(cell);
      at = next;
      if (text[at] !== ',') break;
      at += 1;
    }
    if (!text.startsWith('\r\n', at))
      throw new Error(`a record must end with CRLF at ${at}: ${JSON.stringify(text.slice(at, at + 20))}`);
    at += 2;
    records.push(record);
  }
  return records;
}

function plain(text: string, from: number): [string, number] {
  const [cell = ''] = /^[^",\r\n]*/.exec(text.slice(from)) ?? [];
  return [cell, from + cell.length];
}

function quoted(text: string, from: number): [string, number] {
  let cell = '';
  for (let at = from + 1; ; at += 1) {
    if (at >= text.length) throw new Error('a quoted cell must end');
    if (text[at] !== '"') cell += text[at];
    else if (text[at + 1] === '"') cell += text[(at += 1)];
    else return [cell, at + 1];
  }
}

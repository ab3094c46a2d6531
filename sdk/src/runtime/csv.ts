/** Spreadsheets run a cell that starts like this as a formula. */
const FORMULA = /^[=+\-@\t\r]/;
const QUOTED = /[",\r\n]|^\s|\s$/;

/** A cell of RFC 4180. `isText`: it may hold anything, so it must not become a formula. */
export function csvText(text: string, isText: boolean): string {
  const inert = isText && FORMULA.test(text) ? `'${text}` : text;
  return QUOTED.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

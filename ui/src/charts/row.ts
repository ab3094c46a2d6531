// Rows as the host answers them.

export type Cell = string | number | boolean | object | null | undefined;
export type Row = Readonly<Record<string, Cell>>;

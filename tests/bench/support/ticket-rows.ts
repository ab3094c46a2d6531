// Rows as a ticket system has them, about 500 bytes each as JSON; always the same ones.

export interface TicketRow {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly priority: string;
  readonly assignee: string;
  readonly reporter: string | null;
  readonly points: number;
  readonly hours: number;
  readonly open: boolean;
  readonly created: string;
  readonly updated: string;
  readonly description: string;
}

/** In the order of the table's columns. */
export const COLUMNS: readonly (readonly [
  keyof TicketRow,
  'string' | 'integer' | 'number' | 'boolean' | 'datetime',
])[] = [
  ['id', 'string'],
  ['title', 'string'],
  ['status', 'string'],
  ['priority', 'string'],
  ['assignee', 'string'],
  ['reporter', 'string'],
  ['points', 'integer'],
  ['hours', 'number'],
  ['open', 'boolean'],
  ['created', 'datetime'],
  ['updated', 'datetime'],
  ['description', 'string'],
];

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const WORDS = 'the gateway of a client has lost its tunnel again and nobody was told for more than an hour'.split(' ');

/** `edition` 0 is how a row was made; each further one changes it. */
export function ticketRow(index: number, edition: number): TicketRow {
  const text = (words: number, salt: number): string =>
    Array.from({ length: words }, (_, n) => WORDS[scatter(index * 64 + salt + n) % WORDS.length]).join(' ');
  return {
    id: `OPS-${index}`,
    title: text(9, 1),
    status: ['Open', 'In Progress', 'Waiting for customer', 'Done'][(index + edition) % 4] ?? '',
    priority: ['Lowest', 'Low', 'Medium', 'High', 'Highest'][index % 5] ?? '',
    assignee: `analyst-${index % 97}`,
    reporter: index % 11 === 0 ? null : `customer-${index % 1009}`,
    points: (index + edition) % 21,
    hours: ((index * 7) % 400) / 10,
    open: index % 4 !== 3,
    created: new Date(START + index * MINUTE).toISOString(),
    updated: new Date(START + index * MINUTE + edition * 1000).toISOString(),
    // One in eight has what is not Latin.
    description: `${text(43, 20)}${index % 8 === 0 ? ' “why?”' : ''}`,
  };
}

function scatter(n: number): number {
  const mixed = Math.imul(n ^ (n >>> 15), 0x2c1b_3c6d);
  return (mixed ^ (mixed >>> 12)) >>> 0;
}

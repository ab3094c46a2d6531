/** An issue as GitHub gives it, in lists and in deliveries. Vendors break their promises: every member may be missing. */
export interface VendorIssue {
  readonly number?: number;
  readonly title?: string;
  readonly state?: string;
  readonly user?: { readonly login?: string } | null;
  readonly labels?: readonly { readonly name?: string }[];
  readonly created_at?: string;
  readonly updated_at?: string;
  readonly closed_at?: string | null;
  /** Pull requests are issues, too, and have this. */
  readonly pull_request?: object;
}

export const columns = {
  number: { type: 'integer', label: 'Issue' },
  title: { type: 'string', label: 'Title' },
  state: { type: 'string', label: 'State' },
  author: { type: 'string', label: 'Author' },
  labels: { type: 'string', label: 'Labels' },
  created: { type: 'datetime', label: 'Created' },
  updated: { type: 'datetime', label: 'Updated' },
  closed: { type: 'datetime', label: 'Closed' },
} as const;

export function toRow(issue: VendorIssue) {
  const { number, title, state, user, labels = [], created_at, updated_at, closed_at } = issue;
  return {
    number,
    title,
    state,
    author: user?.login,
    labels: labels.flatMap(({ name }) => name ?? []).join(', '),
    created: created_at,
    updated: updated_at,
    closed: closed_at,
  };
}

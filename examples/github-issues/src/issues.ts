// Issues of the repository, oldest change first: each page ends with a cursor, so that a read that is cut off goes on from there.
import { checkpoint, readJson, upsert } from '@jackfield/sdk';
import { stream } from './config.ts';
import { columns, toRow, type VendorIssue } from './issue.ts';

/** GitHub gives no more. */
const PAGE = 100;
/** `since` is inclusive: a read that finds nothing new asks for what it knows once more, and no page twice. */
const BEGINNING = '1970-01-01T00:00:00Z';

export const issues = stream({
  title: 'Issues',
  description: 'Issues of the repository, without pull requests.',
  columns,
  primaryKey: ['number'],
  version: 'updated',
  // Lists do not tell what was deleted: the webhook does.
  deletion: 'explicit',
  every: '5m',
  async *read(ctx, cursor) {
    const since = typeof cursor === 'string' ? cursor : BEGINNING;
    let path: string | undefined =
      `/repos/${ctx.config.repository}/issues?state=all&sort=updated&direction=asc&per_page=${PAGE}&since=${encodeURIComponent(since)}`;
    while (path !== undefined) {
      const response: Response = await ctx.fetch(path, { headers: { accept: 'application/vnd.github+json' } });
      const page = await readJson<VendorIssue[]>(response);
      yield upsert(page.filter(({ pull_request }) => pull_request === undefined).map(toRow));
      const last = page.at(-1)?.updated_at;
      if (last !== undefined) yield checkpoint(last);
      path = nextOf(response.headers.get('link'));
    }
  },
});

/** `<https://…>; rel="next"` */
function nextOf(header: string | null): string | undefined {
  for (const link of header?.split(',') ?? []) {
    const [target = '', ...attributes] = link.split(';').map((part) => part.trim());
    if (attributes.includes('rel="next"')) return target.slice(1, -1);
  }
  return undefined;
}

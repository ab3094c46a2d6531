import { expect, test } from 'vitest';
import { contextOf, queries, runTable, startSite } from './site.ts';

test('every query has the same columns and the same rows on both products', async () => {
  await using cloud = await startSite({ deployment: 'cloud', issues: 300 });
  await using dataCenter = await startSite({ deployment: 'dc', issues: 300 });
  /** Whether a count is an estimate, and where the site is. */
  const own = new Set(['approximate', 'link']);
  for (const id of Object.keys(queries)) {
    const [first, second] = await Promise.all(
      [cloud, dataCenter].map(async (site) => {
        const { columns, rows } = await runTable(contextOf(site), id);
        return { columns, rows: rows.map((row) => Object.entries(row).filter(([name]) => !own.has(name))) };
      }),
    );
    expect(first?.rows.length, id).toBeGreaterThan(0);
    expect(second, id).toEqual(first);
  }
});

// What is in the memory of a page, after its garbage was collected.
import type { Page } from 'playwright-core';

/** Those of these texts that are in it somewhere. Fails when it would find nothing. */
export async function secretsInMemory(page: Page, secrets: readonly string[]): Promise<readonly string[]> {
  const planted = `planted-${Math.random().toString(36).slice(2)}`;
  await page.evaluate((text) => Reflect.set(globalThis, 'planted', text), planted);
  const session = await page.context().newCDPSession(page);
  const wanted = [...secrets, planted];
  const found = new Set<string>();
  // A text may lie across two parts of the snapshot.
  const overlap = Math.max(...wanted.map(({ length }) => length));
  let end = '';
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => {
    const text = end + chunk;
    for (const one of wanted) if (text.includes(one)) found.add(one);
    end = text.slice(-overlap);
  });
  try {
    await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  } finally {
    await session.detach();
  }
  if (!found.has(planted)) throw new Error('what was planted in the memory of the page is not found there');
  return secrets.filter((secret) => found.has(secret));
}

// What keeps people from using a page, as axe finds it: in every shadow, and whatever policy the page has.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** Colours that are on their way from one theme to the other are judged where they arrive. What moves for ever cannot be finished. */
const AT_REST = 'for (const moving of document.getAnimations()) try { moving.finish() } catch {}';

/** In the dark nothing else differs. */
const ONLY_COLOURS = { runOnly: ['color-contrast'] };

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
let axe: Promise<string> | undefined;

/** By way of the debugger: the page's own policy would not let it in. */
export async function seriousFindings(page: Page, colorScheme: 'light' | 'dark' = 'light'): Promise<readonly string[]> {
  axe ??= readFile(axeFile, 'utf8');
  // What passes is not described, which takes longer than to find it.
  const options = JSON.stringify({ resultTypes: ['violations'], ...(colorScheme === 'light' ? {} : ONLY_COLOURS) });
  const session = await page.context().newCDPSession(page);
  try {
    // Half a megabyte, once for each page.
    const { result: known } = await session.send('Runtime.evaluate', {
      expression: "typeof globalThis.axe === 'object'",
    });
    if (known.value !== true) await session.send('Runtime.evaluate', { expression: await axe });
    const { result } = await session.send('Runtime.evaluate', {
      expression: `${AT_REST};axe.run(${options}).then(({ violations }) => JSON.stringify({ violations }))`,
      awaitPromise: true,
      returnByValue: true,
    });
    const { violations } = JSON.parse(String(result.value)) as Pick<AxeResults, 'violations'>;
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  } finally {
    await session.detach();
  }
}

// What holds for every page: it can be read and used by everybody, in both themes, and the browser finds nothing to complain about.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { keepScreenshot, type Scene } from './scene.ts';

const PAGES: Readonly<Record<string, string>> = {
  dashboards: '/dashboards',
  dashboard: '/dashboards/board',
  plugins: '/plugins',
  plugin: '/plugins/jira',
  'new plugin': '/plugin-changes/new',
  instances: '/instances',
  'new instance': '/instances/new?plugin=jira',
  instance: '/instances/story-jira',
  queries: '/instances/story-jira?tab=queries',
  sync: '/instances/story-jira?tab=sync',
  settings: '/instances/story-jira?tab=settings',
  clients: '/clients',
  contracts: '/clients?tab=contracts',
  client: '/clients/acme',
  parameters: '/clients/acme?tab=parameters',
  runs: '/runs',
  repairs: '/repairs',
  audit: '/audit',
  users: '/people',
  tokens: '/people?tab=tokens',
  embeds: '/people?tab=embeds',
  modes: '/legacy',
  parity: '/legacy?tab=parity',
  callers: '/legacy?tab=callers',
  quarantine: '/legacy?tab=quarantine',
};

export function pageTests(given: () => Scene): void {
  describe('every page', () => {
    test('can be used by everybody, in light and in dark and on a phone, and the browser complains of nothing', async () => {
      await using window = await given().openSignedIn('/plugins');
      const { page, troubles } = window;
      const found: Record<string, unknown> = {};
      for (const [name, path] of Object.entries(PAGES)) {
        await page.goto(path);
        Object.assign(found, await findingsOf(page, name));
      }
      expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])));
      await page.setViewportSize(PHONE);
      await page.getByRole('button', { name: 'Open the menu' }).click();
      await page.getByRole('dialog').getByRole('link', { name: 'Clients' }).click();
      await page.getByRole('heading', { level: 1, name: 'Clients' }).waitFor();
      expect(troubles).toEqual([]);
    }, 300_000);
  });
}

/** What is wrong with the page that is open, in light, in dark and on a phone. */
async function findingsOf(page: Page, name: string): Promise<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  await settled(page);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await keepScreenshot(page, `${name}-${colorScheme}`);
    // Only colours differ in the dark.
    const rules = colorScheme === 'dark' ? ['color-contrast'] : undefined;
    found[`${name}, ${colorScheme}`] = await seriousFindings(page, rules);
  }
  await page.setViewportSize(PHONE);
  await keepScreenshot(page, `${name}-phone`, false);
  const tooWide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  found[`${name}, phone`] = tooWide > 0 ? [`is ${tooWide} pixels too wide`] : [];
  await page.setViewportSize(DESK);
  return found;
}

/** The page that is open can be used by everybody. */
export async function expectUsable(page: Page, name: string): Promise<void> {
  const found = await findingsOf(page, name);
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((at) => [at, []])));
}

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 780 };

/** Everything that a page asks for when it is opened has come. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  const loading = page.getByLabel('Loading');
  await until(async () => ((await loading.count()) === 0 ? true : undefined));
}

/** Colours that are on their way from one theme to the other are judged where they arrive. What moves for ever cannot be finished. */
const AT_REST = 'for (const moving of document.getAnimations()) try { moving.finish() } catch {}';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
let axe: Promise<string> | undefined;

/** By way of the debugger: the page's own policy would not let it in. */
export async function seriousFindings(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  axe ??= readFile(axeFile, 'utf8');
  // What passes is not described, which takes longer than to find it.
  const options = JSON.stringify({ resultTypes: ['violations'], ...(rules === undefined ? {} : { runOnly: rules }) });
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

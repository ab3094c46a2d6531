// What holds for every page: it can be read and used by everybody, in both themes, and the browser finds nothing to complain about.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { seriousFindings } from './accessibility.ts';
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
  clients: '/clients',
  client: '/clients/acme',
  runs: '/runs',
  repairs: '/repairs',
  audit: '/audit',
  users: '/people',
  modes: '/legacy',
};

/** Of these pages, turned to by hand: to load a page anew costs the browser half of all that it does here. */
const TABS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  instance: { queries: 'Queries', sync: 'Sync', settings: 'Settings' },
  clients: { contracts: 'Contracts' },
  client: { parameters: 'Parameters' },
  users: { tokens: 'Tokens', embeds: 'Embed tokens' },
  modes: { parity: 'Parity', callers: 'Callers', quarantine: 'Quarantine' },
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
        for (const [part, label] of Object.entries(TABS[name] ?? {})) {
          await page.getByRole('tab', { name: label, exact: true }).click();
          await page.getByRole('tab', { name: label, exact: true, selected: true }).waitFor();
          Object.assign(found, await findingsOf(page, part));
        }
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
    found[`${name}, ${colorScheme}`] = await seriousFindings(page, colorScheme);
  }
  await page.setViewportSize(PHONE);
  await keepScreenshot(page, `${name}-phone`, false);
  const tooWide = await page.evaluate<number>(FITTED);
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

/** By how many pixels the page is too wide, when what is drawn has had time to follow the window. */
const FITTED = `(async () => {
  const tooWide = () => document.documentElement.scrollWidth - innerWidth;
  for (let frame = 0; frame < 60 && tooWide() > 0; frame += 1) await new Promise(requestAnimationFrame);
  return tooWide();
})()`;

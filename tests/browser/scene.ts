// What every test of this folder stands on: one host, one browser, people who can sign in.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startBrowser, SCREENSHOTS, type TestBrowser, type TestWindow } from '../support/browser.ts';
import { embedded, type TestDatabase } from '../support/databases.ts';
import { fortigate, jira } from '../support/first-party.ts';
import { startTestHost, type TestHost } from '../support/host.ts';

export const ADMIN = { login: 'ada@example.com', name: 'Ada Admin', password: 'correct horse battery' } as const;

export interface Scene extends AsyncDisposable {
  readonly place: TestDatabase;
  readonly running: TestHost;
  readonly browser: TestBrowser;
  readonly url: string;
  /** A window in which the admin is signed in. */
  openSignedIn(path?: string): Promise<TestWindow>;
}

export async function openScene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await embedded.open());
  const running = stack.use(await startTestHost(place, { plugins: [jira, fortigate], logLevel: 'warn' }));
  const browser = stack.use(await startBrowser());
  await mkdir(SCREENSHOTS, { recursive: true });
  const { url } = running;
  const parts = stack.move();
  return {
    place,
    running,
    browser,
    url,
    async openSignedIn(path = '/') {
      const window = await browser.open({ baseURL: url });
      await signIn(window.page, path);
      return window;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Through the form, as people do. */
export async function signIn(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.getByLabel('Login').fill(ADMIN.login);
  await page.getByRole('textbox', { name: 'Password' }).fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
}

export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

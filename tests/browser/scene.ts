// What every test of this folder stands on: one host, one browser, people who can sign in.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { parseOidc } from '../../host/src/access/index.ts';
import { createJiraSimulator, type JiraSimulator } from '../../plugins/jira/simulator/server.ts';
import { CLIENT, startProvider, type TestProvider } from '../access/provider.ts';
import { startBrowser, SCREENSHOTS, type TestBrowser, type TestWindow } from '../support/browser.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { fortigate, jira } from '../support/first-party.ts';
import { buildFlood } from './flood-plugin.ts';
import { startTestHost, type TestHost } from '../support/host.ts';

export const ADMIN = { login: 'ada@example.com', name: 'Ada Admin', password: 'correct horse battery' } as const;

export interface Scene extends AsyncDisposable {
  readonly place: TestDatabase;
  readonly running: TestHost;
  readonly browser: TestBrowser;
  readonly url: string;
  /** Where people of the organisation sign in. */
  readonly provider: TestProvider;
  /** A vendor that somebody connects to, and can break. */
  readonly vendor: JiraSimulator;
  /** Moves the host's clock on, so that what it keeps is old. */
  wait(ms: number): void;
  /** Signs the admin in, through the form, in a window that is open. */
  signInAt(page: Page, path: string): Promise<void>;
  /** A window in which the admin is signed in. */
  openSignedIn(path?: string, options?: BrowserContextOptions): Promise<TestWindow>;
}

export async function openScene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await server.open());
  const vendor = stack.use(await createJiraSimulator({ issues: 300 }));
  const flood = stack.use(await buildFlood());
  let waited = 0;
  const clock = { now: () => Date.now() + waited };
  const plugins = [jira, fortigate, flood];
  const provider = stack.use(await startProvider());
  const { id: clientId, secret: clientSecret } = CLIENT;
  const oidc = parseOidc({
    issuer: provider.issuer,
    clientId,
    clientSecret,
    roles: 'soc=user',
    clientClaim: 'clients',
  });
  const running = stack.use(await startTestHost(place, { plugins, clock, oidc, logLevel: 'warn' }));
  provider.open(`${running.url}/api/session/oidc/callback`);
  const browser = stack.use(await startBrowser());
  if (KEEPS) await mkdir(SCREENSHOTS, { recursive: true });
  const { url } = running;
  let signedIn: Kept | undefined;
  const parts = stack.move();
  return {
    place,
    running,
    browser,
    url,
    provider,
    vendor,
    wait(ms) {
      waited += ms;
    },
    signInAt: signIn,
    async openSignedIn(path = '/', options = {}) {
      signedIn ??= await signInOnce(browser, url);
      const window = await browser.open({ baseURL: url, ...options });
      await window.context.addCookies(signedIn);
      await window.page.goto(path);
      return window;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

type Kept = Awaited<ReturnType<BrowserContext['cookies']>>;

/** Hashing a password is made to take long. */
export async function signInOnce(browser: TestBrowser, url: string): Promise<Kept> {
  await using window = await browser.open({ baseURL: url });
  await signIn(window.page, '/');
  return await window.context.cookies();
}

/** Through the form, as people do. */
export async function signIn(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.getByLabel('Login').fill(ADMIN.login);
  await page.getByRole('textbox', { name: 'Password' }).fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('main').and(page.locator('#content')).waitFor();
}

/** For people to look at: to draw whole pages takes as long as all that is asserted of them. */
const KEEPS = 'JACKFIELD_SCREENSHOTS' in process.env || process.env['JACKFIELD_TEST_SCALE'] === 'full';

export async function keepScreenshot(page: Page, name: string, fullPage = true): Promise<void> {
  if (!KEEPS) return;
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage });
}

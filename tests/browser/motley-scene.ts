// What the tests of widgets stand on: a host with the plugin "motley", whose vendor does as it is told, another one that fails, a site that
// is not the host's, a browser.
import type { BrowserContext, Page } from 'playwright-core';
import { defaultLimits } from '../../host/src/limits.ts';
import { startBrowser, type TestBrowser, type TestWindow } from '../support/browser.ts';
import { server } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import { json, startVendor, type Vendor } from '../support/vendor.ts';
import { type ForeignSite, startForeignSite } from './foreign-site.ts';
import { buildMotley, KINDS } from './motley-plugin.ts';
import { ADMIN, signInOnce } from './scene.ts';

export const PLAIN = [
  { word: 'alpha', count: 5 },
  { word: 'beta', count: 3 },
  { word: 'gamma', count: 2 },
];

export interface MotleyScene extends AsyncDisposable {
  readonly running: TestHost;
  /** Of the instance "north"; that of "south" always fails. */
  readonly vendor: Vendor;
  readonly browser: TestBrowser;
  readonly site: ForeignSite;
  readonly token: string;
  /** A widget as a page of the site has it. */
  tag(widget: string, more?: string): string;
  /** A page of the other site with this body. */
  show(body: string, options?: Parameters<TestBrowser['open']>[0]): Promise<TestWindow>;
  /** A page of the app, with the admin signed in. */
  openApp(path: string, options?: Parameters<TestBrowser['open']>[0]): Promise<TestWindow>;
  make(path: string, body: object): Promise<Record<string, unknown>>;
}

export async function openMotleyScene(): Promise<MotleyScene> {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await server.open());
  const motley = stack.use(await buildMotley());
  const [vendor, silent] = [stack.use(await startVendor(json(PLAIN))), stack.use(await startVendor(json({}, 503)))];
  const gateway = { ...defaultLimits.gateway, retries: 0 };
  const running = stack.use(await startTestHost(place, { plugins: [motley], limits: { gateway }, logLevel: 'warn' }));
  const browser = stack.use(await startBrowser());
  const site = stack.use(await startForeignSite(() => running.url));
  const make: MotleyScene['make'] = async (path, body) => {
    const { status, body: made } = await running.api.call('POST', path, body);
    if (status !== 201) throw new Error(`${path} was answered with ${status}: ${JSON.stringify(made)}`);
    return made;
  };
  await make('/api/users', { ...ADMIN, role: 'admin' });
  for (const [id, { url }] of [['north', vendor] as const, ['south', silent] as const])
    await make('/api/instances', { id, plugin: 'motley', name: `The ${id}`, config: { baseUrl: url } });
  await make('/api/dashboards', { id: 'board', title: 'Everything', description: 'One widget of every kind' });
  for (const [index, kind] of KINDS.entries()) {
    // What takes long is on no dashboard.
    const h = kind === 'device' ? 2 : 4;
    const place = { dashboardId: 'board', position: { x: (index % 3) * 4, y: Math.floor(index / 3) * 4, w: 4, h } };
    await make('/api/widgets', {
      id: kind,
      ...(kind === 'million' ? {} : place),
      plugin: 'motley',
      template: kind,
      instances: ['north'],
    });
  }
  await make('/api/widgets', {
    id: 'both',
    dashboardId: 'board',
    plugin: 'motley',
    template: 'table',
    title: 'Both',
    instances: ['north', 'south'],
  });
  const { token } = await make('/api/embeds', { widgets: [...KINDS, 'both'], origin: site.origin, clients: null });
  let signedIn: Awaited<ReturnType<BrowserContext['cookies']>> | undefined;
  const parts = stack.move();
  return {
    running,
    vendor,
    browser,
    site,
    token: String(token),
    tag: (widget, more = '') =>
      `<jackfield-widget src="${running.url}" token="${String(token)}" widget="${widget}" ${more}></jackfield-widget>`,
    async show(body, options = {}) {
      site.put('/page', body);
      const window = await browser.open(options);
      await window.page.goto(`${site.origin}/page`);
      return window;
    },
    async openApp(path, options = {}) {
      signedIn ??= await signInOnce(browser, running.url);
      const window = await browser.open({ baseURL: running.url, ...options });
      await window.context.addCookies(signedIn);
      await window.page.goto(path);
      return window;
    },
    make,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** In every widget that can be seen rows are there, or what stands in their place. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const seen = [...document.querySelectorAll('jackfield-widget')].filter((widget) => {
      const { top, bottom } = widget.getBoundingClientRect();
      return bottom > 0 && top < innerHeight;
    });
    const isSettled = (widget: Element): boolean => {
      const article = widget.shadowRoot?.querySelector('article[aria-busy="false"]');
      const chart = article?.querySelector('.chart');
      return article != null && (chart == null || chart.querySelector('canvas') !== null);
    };
    return seen.length > 0 && seen.every(isSettled);
  });
}

// <jackfield-widget> on pages of another site, in a real browser, with an embed token: what it shows of a vendor that says ugly things, or
// nothing, and what it asks the host for it.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { startBrowser, type TestBrowser, type TestWindow } from '../support/browser.ts';
import { embedded } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import { until } from '../support/until.ts';
import { json, startVendor, type Vendor } from '../support/vendor.ts';
import { type ForeignSite, startForeignSite } from './foreign-site.ts';
import { buildMotley, KINDS } from './motley-plugin.ts';
import { keepScreenshot } from './scene.ts';

const RIGHT_TO_LEFT = String.fromCodePoint(0x202e);
const HOSTILE = {
  'a script': '<script>document.title = "pwned"</script>',
  'an image that fails': '<img src=x onerror="document.title = \'pwned\'">',
  'an SVG': '<svg onload="document.title=\'pwned\'"><style>*{display:none}</style></svg>',
  'a template of Lit': '${document.title = "pwned"}<!--?lit$-->',
  'a rich text style': '{pwned|styled} {{constructor}}',
  'text from right to left': `invoice${RIGHT_TO_LEFT}fdp.exe שלום`,
  'a megabyte': 'x'.repeat(1_000_000),
  emoji: '👩‍👩‍👧‍👦'.repeat(200),
  'a formula': '=HYPERLINK("https://evil.example","click")',
  'a prototype': '__proto__',
} as const;
const PLAIN = [
  { word: 'alpha', count: 5 },
  { word: 'beta', count: 3 },
  { word: 'gamma', count: 2 },
];

let stack: AsyncDisposableStack;
let running: TestHost;
let vendor: Vendor;
let silent: Vendor;
let browser: TestBrowser;
let site: ForeignSite;
let token = '';

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  const place = stack.use(await embedded.open());
  const motley = stack.use(await buildMotley());
  [vendor, silent] = [stack.use(await startVendor(json(PLAIN))), stack.use(await startVendor(json({}, 503)))];
  const gateway = { ...defaultLimits.gateway, retries: 0 };
  running = stack.use(await startTestHost(place, { plugins: [motley], limits: { gateway }, logLevel: 'warn' }));
  browser = stack.use(await startBrowser());
  site = stack.use(await startForeignSite(() => running.url));
  const make = async (path: string, body: object) => {
    const { status, body: made } = await running.api.call('POST', path, body);
    expect(status, JSON.stringify(made)).toBe(201);
    return made;
  };
  for (const [id, { url }] of [['north', vendor] as const, ['south', silent] as const])
    await make('/api/instances', { id, plugin: 'motley', name: `The ${id}`, config: { baseUrl: url } });
  const widgets: string[] = [];
  const add = async (id: string, body: object) => {
    await make('/api/widgets', { id, plugin: 'motley', ...body });
    widgets.push(id);
  };
  for (const kind of KINDS) await add(kind, { template: kind, instances: ['north'] });
  await add('both', { template: 'table', title: 'Both', instances: ['north', 'south'] });
  token = String((await make('/api/embeds', { widgets, origin: site.origin, clients: null }))['token']);
}, 120_000);
afterAll(() => stack.disposeAsync());

const tag = (widget: string, more = ''): string =>
  `<jackfield-widget src="${running.url}" token="${token}" widget="${widget}" ${more}></jackfield-widget>`;

/** A page of the other site with this body. */
async function show(body: string, options: Parameters<TestBrowser['open']>[0] = {}): Promise<TestWindow> {
  site.put('/page', body);
  const window = await browser.open(options);
  await window.page.goto(`${site.origin}/page`);
  return window;
}

/** Rows are there, or what stands in their place. */
const settled = (page: Page): Promise<void> =>
  page.waitForFunction(() =>
    [...document.querySelectorAll('jackfield-widget')].every((widget) => {
      const article = widget.shadowRoot?.querySelector('article[aria-busy="false"]');
      const chart = article?.querySelector('.chart');
      return article !== null && (chart == null || chart.querySelector('canvas') !== null);
    }),
  ) as unknown as Promise<void>;

/** Serious faults of accessibility, in every shadow. */
async function faultsOf(page: Page): Promise<unknown[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (
      globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: object[] }[] }> };
      }
    ).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => JSON.stringify(node)).slice(0, 3) }));
  });
}

test('every kind is shown, in light and dark, with nothing wrong for those who do not see it', async () => {
  const body = [...KINDS.filter((kind) => kind !== 'million'), 'both'].map((kind) => tag(kind)).join('');
  for (const colorScheme of ['light', 'dark'] as const) {
    await using window = await show(body, { colorScheme, viewport: { width: 1400, height: 1300 } });
    const { page, troubles } = window;
    await settled(page);
    await keepScreenshot(page, `widgets-${colorScheme}`);
    expect(await page.locator('jackfield-widget').getByRole('cell', { name: 'alpha' }).count()).toBeGreaterThanOrEqual(
      4,
    );
    await page.getByText('81.5 %').first().waitFor();
    await page.getByText('Nothing to show').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    expect(troubles).toEqual([]);
  }
});

test.each(Object.entries(HOSTILE))('%s of a vendor does nothing but look ugly', async (_what, word) => {
  vendor.answer = json([...PLAIN, { word, count: 7 }]);
  await using window = await show(['table', 'list', 'bar', 'pie', 'both'].map((kind) => tag(kind)).join(''));
  const { page, troubles } = window;
  await settled(page);
  // What it shows is older than the vendor's new words at first.
  await until(async () => {
    await page.evaluate(() =>
      document
        .querySelectorAll('jackfield-widget')
        .forEach((widget) => (widget as unknown as { refresh(): void }).refresh()),
    );
    return (await page.getByText(word.slice(0, 8), { exact: false }).count()) > 0 || undefined;
  });
  const bar = page.locator('jackfield-widget[widget="bar"]');
  const box = await bar.boundingBox();
  await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) * 0.85, (box?.y ?? 0) + (box?.height ?? 0) / 2);
  expect(await page.title()).toBe('Portal');
  const made = await page.evaluate(() =>
    [...document.querySelectorAll('jackfield-widget')].flatMap((widget) =>
      [...(widget.shadowRoot?.querySelectorAll('script, img, iframe, a, [onload], [onerror]') ?? [])].map(
        (node) => node.outerHTML,
      ),
    ),
  );
  expect(made).toEqual([]);
  const longest = await page.evaluate(() =>
    Math.max(...[...document.querySelectorAll('jackfield-widget')].map((w) => w.shadowRoot?.textContent?.length ?? 0)),
  );
  expect(longest).toBeLessThan(20_000);
  expect(troubles).toEqual([]);
});

test('ten copies ask once, and again together when the host says that something has changed', async () => {
  vendor.answer = json(PLAIN);
  const asked: string[] = [];
  site.put('/ten', Array.from({ length: 10 }, () => tag('table')).join(''));
  await using window = await browser.open();
  const { page } = window;
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === 'GET' && pathname.startsWith('/api/')) asked.push(pathname);
  });
  await page.goto(`${site.origin}/ten`);
  await settled(page);
  expect(await page.getByRole('cell', { name: 'alpha' }).count()).toBe(10);
  const round = ['/api/widgets/table', '/api/widgets/table/data'];
  const rounds = () => asked.filter((path) => path !== '/api/events').sort();
  expect(rounds()).toEqual(round);
  await until(async () => asked.includes('/api/events') || undefined);
  await running.api.call('PATCH', '/api/widgets/table', { title: 'Renamed' });
  await until(async () => (await page.getByRole('heading', { name: 'Renamed' }).count()) === 10 || undefined);
  expect(rounds()).toEqual([...round, ...round].sort());
  expect(asked.filter((path) => path === '/api/events')).toHaveLength(1);
});

test('what nobody sees is not asked for', async () => {
  const asked: string[] = [];
  site.put('/far', `<div class="far"></div>${tag('stat')}`);
  await using window = await browser.open({ viewport: { width: 600, height: 400 } });
  const { page } = window;
  page.on('request', (request) => void asked.push(new URL(request.url()).pathname));
  await page.goto(`${site.origin}/far`);
  await page.waitForFunction(() => customElements.get('jackfield-widget') !== undefined);
  await page.evaluate(() => new Promise((resolve) => void requestAnimationFrame(() => requestAnimationFrame(resolve))));
  expect(asked.filter((path) => path.startsWith('/api/'))).toEqual([]);
  await page.locator('jackfield-widget').scrollIntoViewIfNeeded();
  await page.getByText('81.5 %').first().waitFor();
});

test('an instance that fails is named, with what to do; rows that are old say how old and why', async () => {
  vendor.answer = json(PLAIN);
  await running.api.call('GET', '/api/widgets/both/data');
  await using window = await show(tag('both'));
  const { page } = window;
  await settled(page);
  await page.getByText('1 of 2 missing').click();
  await page.getByText('The south').waitFor();
  vendor.answer = json({}, 503);
  await page.getByText('1 of 2 missing').click();
  await until(async () => {
    await page.evaluate(() => (document.querySelector('jackfield-widget') as unknown as { refresh(): void }).refresh());
    return (await page.locator('details.old').count()) > 0 || undefined;
  });
  await page.locator('details.old summary').click();
  await page.getByText(/The north as of/).waitFor();
  await keepScreenshot(page, 'widget-stale');
  expect(await page.getByRole('cell', { name: 'alpha' }).count()).toBe(1);
  expect(await faultsOf(page)).toEqual([]);
  vendor.answer = json(PLAIN);
});

test('who may not see a widget is told so, and what is wrong with a page its author', async () => {
  const wrong = [
    `<jackfield-widget src="${running.url}" token="jfe_unknown" widget="stat"></jackfield-widget>`,
    `<jackfield-widget src="${running.url}" token="${token}" widget="nowhere"></jackfield-widget>`,
    `<jackfield-widget src="${running.url}" token="${token}"></jackfield-widget>`,
    `<jackfield-widget src="${running.url}" token="${token}" widget="stat" params="nonsense"></jackfield-widget>`,
  ];
  await using window = await show(wrong.join(''));
  const { page } = window;
  await page.getByText('You may not see this').waitFor();
  await page.getByText('there is no widget "nowhere"').waitFor();
  await page.getByText('must be the id of a widget').waitFor();
  await page.getByText('params must be a JSON object').waitFor();
  await keepScreenshot(page, 'widget-refused');
  expect(await faultsOf(page)).toEqual([]);
});

test('a million rows: the first are shown at once, the page goes on, and all of them are in a file', async () => {
  await using window = await show(tag('million'));
  const { page, troubles } = window;
  await page.getByText('The first 10,000 rows are shown').waitFor();
  const rows = page.locator('jackfield-widget tbody tr');
  expect(await rows.count()).toBeLessThan(100);
  await page.getByRole('region', { name: 'Rows of A million rows' }).evaluate((region) => {
    region.scrollTop = region.scrollHeight;
  });
  await page.getByText('row number 9999', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Download all as CSV' }).waitFor();
  expect(troubles).toEqual([]);
});

test('/widget.js is small without charts, kept when its address names a version, and for pages of any site', async () => {
  const ask = (path: string) => fetch(running.url + path, { headers: { origin: site.origin } });
  const plain = await ask('/widget.js');
  expect(plain.headers.get('access-control-allow-origin')).toBe('*');
  expect(plain.headers.get('cache-control')).toBe('public, no-cache');
  const tag = plain.headers.get('etag') ?? '';
  const again = await running.host.app.inject({
    url: '/widget.js',
    headers: { 'if-none-match': tag, 'accept-encoding': 'gzip' },
  });
  expect(again.statusCode).toBe(304);
  expect((await ask('/widget.js?v=1')).headers.get('cache-control')).toContain('immutable');
  const text = await plain.text();
  // All that is loaded before a chart is: what it imports when it begins.
  const imported = [...text.matchAll(/(?:from|import)\s*"\.\/(widget\/[^"]+)"/g)].map(([, path]) => path ?? '');
  const parts = await Promise.all(imported.map(async (path) => (await ask(`/${path}`)).text()));
  const bytes = [text, ...parts].reduce((sum, part) => sum + gzipSync(part, { level: 9 }).byteLength, 0);
  expect(bytes).toBeLessThan(60_000);
  expect(bytes).toBeGreaterThan(10_000);
  process.stdout.write(`/widget.js: ${bytes} bytes compressed, without charts\n`);
});

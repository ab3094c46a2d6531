// <jackfield-widget> on pages of another site, with an embed token: what it shows of a vendor that says ugly things, or nothing, and what it
// asks the host for it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { json } from '../support/vendor.ts';
import { seriousFindings } from './accessibility.ts';
import { type MotleyScene, PLAIN, settled } from './motley-scene.ts';
import { KINDS } from './motley-plugin.ts';
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

/** Every widget looks again now. */
function refresh(page: Page): Promise<void> {
  return page.evaluate(() => {
    for (const widget of document.querySelectorAll<HTMLElement & { refresh(): void }>('jackfield-widget'))
      widget.refresh();
  });
}

/** As a site builds its pages. */
async function bundled(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { write: false, lib: { entry, formats: ['es'] }, target: 'es2023' },
  });
  const [output] = [built].flat();
  if (output === undefined || !('output' in output)) throw new Error('nothing was built');
  return output.output[0].code;
}

export function widgetTests(given: () => MotleyScene): void {
  describe('the widget on another site', () => {
    test('every kind is shown, in light and dark, with nothing wrong for those who do not see it', async () => {
      const { tag, show } = given();
      const body = [...KINDS.filter((kind) => kind !== 'million'), 'both'].map((kind) => tag(kind)).join('');
      for (const colorScheme of ['light', 'dark'] as const) {
        await using window = await show(body, { colorScheme, viewport: { width: 1400, height: 1300 } });
        const { page, troubles } = window;
        await settled(page);
        await keepScreenshot(page, `widgets-${colorScheme}`);
        expect(
          await page.locator('jackfield-widget').getByRole('cell', { name: 'alpha' }).count(),
        ).toBeGreaterThanOrEqual(4);
        await page.getByRole('columnheader', { name: 'State' }).waitFor({ state: 'attached' });
        await page.getByText('81.5 %').first().waitFor();
        await page.getByText('Nothing to show').waitFor();
        expect(await seriousFindings(page, colorScheme)).toEqual([]);
        expect(troubles).toEqual([]);
      }
    }, 60_000);

    test('what a vendor says does nothing but look ugly, on the page and in the file', async () => {
      const { vendor, tag, show } = given();
      const rows = Object.values(HOSTILE).map((word, index) => ({ word, count: index + 1 }));
      vendor.answer = json(rows);
      await using window = await show(['table', 'list', 'bar', 'pie', 'both'].map((kind) => tag(kind)).join(''));
      const { page, troubles } = window;
      // What was known before is served for a second.
      await until(async () => {
        await refresh(page);
        return (await page.getByText('=HYPERLINK').count()) > 1 || undefined;
      });
      await settled(page);
      for (const [what, word] of Object.entries(HOSTILE))
        expect(await page.getByText(word.slice(0, 8)).count(), what).toBeGreaterThan(0);
      // Names are read again when somebody points at them.
      const bar = page.locator('jackfield-widget[widget="bar"]');
      const box = await bar.boundingBox();
      for (const part of [0.2, 0.4, 0.6, 0.8])
        await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) * part, (box?.y ?? 0) + (box?.height ?? 0) / 2);
      await keepScreenshot(page, 'widgets-hostile');
      expect(await page.title()).toBe('Portal');
      const found = await page.evaluate(() =>
        [...document.querySelectorAll('jackfield-widget')].map(({ shadowRoot }) => ({
          made: shadowRoot?.querySelectorAll('script, img, iframe, a, [onload], [onerror]').length,
          isShort: (shadowRoot?.textContent.length ?? 0) < 20_000,
        })),
      );
      expect(found).toEqual(found.map(() => ({ made: 0, isShort: true })));
      const saved = page.waitForEvent('download');
      await page.locator('jackfield-widget[widget="table"]').getByRole('button', { name: 'CSV' }).click();
      const file = await readFile(await (await saved).path(), 'utf8');
      expect(file).toContain(`"'=HYPERLINK(`);
      expect(file).not.toMatch(/(^|,)"?=/m);
      expect(troubles).toEqual([]);
      vendor.answer = json(PLAIN);
    });

    test('a page that is made with React shows it, and another one in its place', async () => {
      const { running, token, site, browser } = given();
      const body = `<div id="portal" data-src="${running.url}" data-token="${token}"></div>`;
      site.put('/react', body, await bundled(join(import.meta.dirname, 'react-portal.ts')));
      await using window = await browser.open();
      const { page, troubles } = window;
      await page.goto(`${site.origin}/react`);
      await page.getByText('81.5 %').waitFor();
      await page.getByRole('button', { name: 'Show words' }).click();
      await page.getByRole('cell', { name: 'alpha' }).waitFor();
      expect(troubles).toEqual([]);
    });

    test('ten copies ask once, and again together when the host says that something has changed', async () => {
      const { running, vendor, browser, site, tag } = given();
      vendor.answer = json(PLAIN);
      const asked: string[] = [];
      site.put('/ten', Array.from({ length: 10 }, () => tag('table')).join(''));
      await using window = await browser.open();
      const { page, troubles } = window;
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
      expect(troubles).toEqual([]);
    });

    test('where no stream comes through it is asked now and then what has changed', async () => {
      const { running, browser, site, tag } = given();
      site.put('/deaf', tag('stat'));
      await using window = await browser.open();
      const { page, troubles } = window;
      await page.clock.install();
      const asked: (string | null)[] = [];
      await page.route(/\/api\/events/, async (route) => {
        const { accept } = await route.request().allHeaders();
        // A proxy that keeps back what it should let through, and then ends it.
        if (accept === 'text/event-stream')
          return route.fulfill({
            contentType: 'text/event-stream',
            body: '',
            headers: { 'access-control-allow-origin': '*' },
          });
        asked.push(new URL(route.request().url()).searchParams.get('since'));
        return route.continue();
      });
      await page.goto(`${site.origin}/deaf`);
      await page.getByText('81.5 %').first().waitFor();
      await page.clock.runFor(1000);
      await until(async () => asked.length === 1 || undefined);
      await running.api.call('PATCH', '/api/widgets/stat', { title: 'Heard of' });
      await until(async () => {
        await page.clock.runFor(20_000);
        return (await page.getByRole('heading', { name: 'Heard of' }).count()) === 1 || undefined;
      });
      expect(asked[0]).toBe(null);
      expect(asked[1]).toMatch(/^\d+$/);
      await running.api.call('PATCH', '/api/widgets/stat', { title: null });
      expect(troubles).toEqual([]);
    });

    test('what nobody sees is not asked for', async () => {
      const { browser, site, tag } = given();
      const asked: string[] = [];
      site.put('/far', `<div class="far"></div>${tag('stat')}`);
      await using window = await browser.open({ viewport: { width: 600, height: 400 } });
      const { page, troubles } = window;
      page.on('request', (request) => void asked.push(new URL(request.url()).pathname));
      await page.goto(`${site.origin}/far`);
      await page.waitForFunction(() => customElements.get('jackfield-widget') !== undefined);
      await page.evaluate(
        () => new Promise((resolve) => void requestAnimationFrame(() => requestAnimationFrame(resolve))),
      );
      expect(asked.filter((path) => path.startsWith('/api/'))).toEqual([]);
      await page.locator('jackfield-widget').scrollIntoViewIfNeeded();
      await page.getByText('81.5 %').first().waitFor();
      expect(troubles).toEqual([]);
    });

    test('an instance that fails is named, with what to do; rows that are old say how old and why', async () => {
      const { running, vendor, tag, show } = given();
      vendor.answer = json(PLAIN);
      await running.api.call('GET', '/api/widgets/both/data');
      await using window = await show(tag('both'));
      const { page, troubles } = window;
      await settled(page);
      await page.getByText('1 of 2 missing').click();
      await page.getByText('The south').waitFor();
      vendor.answer = json({}, 503);
      await page.getByText('1 of 2 missing').click();
      await until(async () => {
        await refresh(page);
        return (await page.locator('details.old').count()) > 0 || undefined;
      });
      await page.locator('details.old summary').click();
      await page.getByText(/The north as of/).waitFor();
      await keepScreenshot(page, 'widget-stale');
      expect(await page.getByRole('cell', { name: 'alpha' }).count()).toBe(1);
      expect(await seriousFindings(page)).toEqual([]);
      expect(troubles).toEqual([]);
      vendor.answer = json(PLAIN);
    });

    test('who may not see a widget is told so, and what is wrong with a page its author', async () => {
      const { running, token, show } = given();
      const wrong = [
        `<jackfield-widget src="${running.url}" token="jfe_unknown" widget="stat"></jackfield-widget>`,
        `<jackfield-widget src="${running.url}" token="${token}" widget="nowhere"></jackfield-widget>`,
        `<jackfield-widget src="${running.url}" token="${token}"></jackfield-widget>`,
        `<jackfield-widget src="${running.url}" token="${token}" widget="stat" params="nonsense"></jackfield-widget>`,
      ];
      await using window = await show(wrong.join(''));
      const { page, troubles } = window;
      await page.getByText('You may not see this').waitFor();
      await page.getByText('there is no widget "nowhere"').waitFor();
      await page.getByText('must be the id of a widget').waitFor();
      await page.getByText('params must be a JSON object').waitFor();
      await keepScreenshot(page, 'widget-refused');
      expect(await seriousFindings(page)).toEqual([]);
      // A browser says itself that an answer was none of success; nothing else is said.
      expect(troubles.filter((trouble) => !/the server responded with a status of 40[134]/.test(trouble))).toEqual([]);
    });

    test('a million rows: the first are shown at once, the page goes on, and all of them are in a file', async () => {
      const { tag, show } = given();
      await using window = await show(tag('million'));
      const { page, troubles } = window;
      await page.getByText('The first 10,000 rows are shown').waitFor();
      const rows = page.locator('jackfield-widget tbody tr');
      expect(await rows.count()).toBeLessThan(100);
      await page.getByRole('region', { name: 'Rows of A million rows' }).evaluate((region) => {
        region.scrollTop = region.scrollHeight;
      });
      await page.getByText('row number 9999', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Download all as CSV' }).click();
      await page.getByText(/^[\d.]+ MB$/).waitFor();
      await page.getByRole('button', { name: 'Stop the download' }).click();
      await page.getByRole('button', { name: 'Download all as CSV' }).waitFor();
      expect(troubles).toEqual([]);
    });

    test('/widget.js is small without charts, kept when its address names a version, and for pages of any site', async () => {
      const { running, site } = given();
      const ask = (path: string) => fetch(running.url + path, { headers: { origin: site.origin } });
      const plain = await ask('/widget.js');
      expect(plain.headers.get('access-control-allow-origin')).toBe('*');
      expect(plain.headers.get('cache-control')).toBe('public, no-cache');
      const etag = plain.headers.get('etag') ?? '';
      const again = await running.host.app.inject({
        url: '/widget.js',
        headers: { 'if-none-match': etag, 'accept-encoding': 'gzip' },
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
  });
}

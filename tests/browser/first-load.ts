import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Scene } from './scene.ts';

/** Before charts, which come when somebody wants to see one. */
const SCRIPT_MOST = 300_000;

export function firstLoadTests(given: () => Scene): void {
  describe('the first load', () => {
    test(`takes less than ${SCRIPT_MOST / 1000} KB of compressed script until the first page is there`, async () => {
      await using window = await given().browser.open({ baseURL: given().url });
      const { page } = window;
      const scripts: Promise<number>[] = [];
      page.on('response', (response) => {
        if (new URL(response.url()).pathname.endsWith('.js'))
          scripts.push(response.body().then((body) => gzipSync(body, { level: 9 }).length));
      });
      await given().signInAt(page, '/instances');
      await page.getByRole('heading', { level: 1, name: 'Instances' }).waitFor();
      const sizes = await Promise.all(scripts);
      expect(sizes.length).toBeGreaterThan(2);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(SCRIPT_MOST);
    });
  });
}

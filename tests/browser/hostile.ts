// What vendors send is shown, however ugly, and does nothing; and more of it than anybody reads does not hold the page up.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { FLOOD } from './flood-plugin.ts';
import { FULL } from '../support/random.ts';
import { keepScreenshot, type Scene } from './scene.ts';

const HOSTILE: Readonly<Record<string, string>> = {
  script: '<script>globalThis.harmed = 1</script>',
  image: '<img src=x onerror="globalThis.harmed = 1">',
  svg: '<svg onload="globalThis.harmed = 1"><a href="javascript:globalThis.harmed = 1">x</a></svg>',
  'right to left': '\u202Egnp.exe \u05E9\u05DC\u05D5\u05DD \u2066',
  emoji: '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}'.repeat(200),
  formula: '=HYPERLINK("https://evil.example","x")',
  megabyte: 'M'.repeat(1_000_000),
};

export function hostileTests(given: () => Scene): void {
  describe('what vendors send', () => {
    test('does nothing but look ugly', async () => {
      const { vendor } = given();
      const values = Object.values(HOSTILE);
      const project = vendor.projects[0];
      const issues = vendor.issues.filter((issue) => issue.project === project).slice(0, values.length);
      for (const [index, issue] of issues.entries()) issue.summary = values[index] ?? '';
      await using window = await given().openSignedIn('/instances/story-jira?tab=queries&query=jql');
      const { page, troubles } = window;
      await page.getByLabel('JQL').fill(`key in (${issues.map(({ key }) => key).join(', ')})`);
      await page.getByRole('button', { name: 'Run' }).click();
      const table = page.getByRole('table', { name: 'Any JQL' });
      await table.getByText(HOSTILE['script'] ?? '', { exact: true }).waitFor();
      await table.getByText(HOSTILE['formula'] ?? '', { exact: true }).waitFor();
      await keepScreenshot(page, 'hostile');
      // Cut: a cell of a megabyte would be laid out as a whole.
      const longest = await table.getByText(/^M+…$/).textContent();
      expect(longest?.length).toBeLessThan(1000);
      expect(await page.evaluate('globalThis.harmed')).toBeUndefined();
      expect(troubles).toEqual([]);
    }, 60_000);

    test('a million rows are cut with a notice, and the page answers all the while', async () => {
      const { running } = given();
      await running.api.call('POST', '/api/instances', { id: 'flood', plugin: 'flood', name: 'Flood', config: {} });
      await using window = await given().openSignedIn('/instances/flood?tab=queries');
      const { page, troubles } = window;
      await page.getByRole('button', { name: 'Run' }).click();
      await page.getByText(/Only the first [\d,]+ rows are shown/).waitFor();
      const table = page.getByRole('table', { name: 'A million rows' });
      const rows = Number(await table.getAttribute('aria-rowcount'));
      expect(rows).toBeGreaterThan(1000);
      expect(rows).toBeLessThan(FLOOD);
      // What is in the page is what is in sight.
      expect(await table.getByRole('row').count()).toBeLessThan(100);
      await page.getByRole('button', { name: 'Download CSV' }).click();
      await page.getByText(/^[\d.]+ MB so far$/).waitFor();
      await page.getByRole('button', { name: 'Cancel the download' }).click();

      const count = FULL ? FLOOD : FLOOD / 20;
      await page.getByLabel('How many').fill(String(count));
      const downloading = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download CSV' }).click();
      const file = await (await downloading).path();
      let [lines, last] = [0, ''];
      for await (last of createInterface({ input: createReadStream(file) })) lines += 1;
      expect([lines, last]).toEqual([count + 1, `${count},row ${count}`]);
      expect(troubles).toEqual([]);
    }, 60_000);
  });
}

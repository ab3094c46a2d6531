// What somebody does on their first day: connects a system, asks it something, and keeps the answer in sight.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { secretsInMemory } from './memory.ts';
import { ADMIN, keepScreenshot, type Scene } from './scene.ts';

const WRONG = 'wrong-token-canary-0001';

export function storyTests(given: () => Scene): void {
  describe('the first day', () => {
    test('a system is connected by the form: its test says why it fails, then works, and no secret stays in the page', async () => {
      const { running, vendor } = given();
      await running.api.call('POST', '/api/clients', { id: 'acme', name: 'Acme', timeZone: 'Europe/Berlin' });
      await using window = await given().openSignedIn('/plugins');
      const { page, troubles } = window;
      const answers: Promise<string>[] = [];
      page.on('response', (response) => {
        // The stream of events has no end; what is in it names things and says nothing of them.
        const { pathname } = new URL(response.url());
        if (pathname.startsWith('/api/') && pathname !== '/api/events') answers.push(response.text().catch(() => ''));
      });
      await page.getByRole('listitem').filter({ hasText: 'Jira' }).getByRole('link', { name: 'Connect' }).click();
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Story Jira');
      await page.getByRole('combobox', { name: 'Client' }).click();
      await page.getByRole('option', { name: 'Acme' }).click();
      await page.getByLabel('Base URL').fill(vendor.url);
      await page.getByLabel('E-mail or user name').fill(vendor.email);
      await page.getByRole('textbox', { name: 'API token' }).fill(WRONG);
      await page.getByRole('button', { name: 'Test the connection' }).click();
      const alert = page.getByRole('alert');
      await expect(alert.textContent()).resolves.toMatch(/credentials/i);
      await keepScreenshot(page, 'story-refused');

      await page.getByRole('textbox', { name: 'API token' }).fill(vendor.token);
      await page.getByRole('button', { name: 'Test the connection' }).click();
      await page.getByText('The connection works').waitFor();
      await keepScreenshot(page, 'story-works');
      await page.getByRole('button', { name: 'Save and connect' }).click();
      await page.getByRole('heading', { level: 1, name: 'Story Jira' }).waitFor();
      expect(new URL(page.url()).pathname).toBe('/instances/story-jira');

      await page.getByRole('tab', { name: 'Settings' }).click();
      await page.getByText('Set. It stays as it is.').waitFor();
      const kept = await everythingIn(page);
      for (const secret of [WRONG, vendor.token, ADMIN.password]) {
        expect(kept).not.toContain(secret);
        expect((await Promise.all(answers)).join('\n')).not.toContain(secret);
      }
      await expect(secretsInMemory(page, [WRONG, vendor.token, ADMIN.password])).resolves.toEqual([]);
      expect(troubles).toEqual([]);
    }, 60_000);

    test('a secret is kept when the form is saved without it', async () => {
      const { running } = given();
      await using window = await given().openSignedIn('/instances/story-jira?tab=settings');
      const { page } = window;
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Jira of Acme');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByRole('heading', { level: 1, name: 'Jira of Acme' }).waitFor();
      const { body } = await running.api.call<{ ok: boolean }>('POST', '/api/instances/story-jira/check');
      expect(body).toMatchObject({ ok: true });
    });

    test('a query is run, its rows become a chart, a file and a widget; a vendor that is down gives old rows, marked so', async () => {
      const { running, vendor, wait } = given();
      await running.api.call('POST', '/api/dashboards', { id: 'board', title: 'Board', clientId: 'acme' });
      await using window = await given().openSignedIn('/instances/story-jira?tab=queries&query=open_by_status');
      const { page, troubles } = window;
      await page.getByRole('button', { name: 'Run' }).click();
      const table = page.getByRole('table', { name: 'Open tickets by status' });
      await table.getByRole('row').nth(1).waitFor();
      await keepScreenshot(page, 'story-rows');
      await page.getByText('Chart', { exact: true }).click();
      await page.locator('canvas').waitFor();
      await keepScreenshot(page, 'story-chart');
      await page.getByText('Table', { exact: true }).click();

      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download CSV' }).click();
      expect((await download).suggestedFilename()).toBe('story-jira-open_by_status.csv');

      await page.getByRole('button', { name: 'Save as widget' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Title').fill('What is open');
      await dialog.getByRole('combobox', { name: 'Dashboard' }).click();
      await page.getByRole('option', { name: 'Board' }).click();
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.waitFor({ state: 'detached' });
      const board = await running.api.call<{ widgets: object[] }>('GET', '/api/dashboards/board');
      expect(board.body.widgets).toMatchObject([
        { title: 'What is open', query: 'open_by_status', instances: ['story-jira'], kind: 'bar', x: 'status' },
      ]);

      await page.goto('/');
      await page.waitForURL('**/dashboards/board');
      const widget = page.locator('jackfield-widget');
      // As the title, and as the name of the table that says the same as the chart.
      await widget.getByText('What is open').first().waitFor();
      await keepScreenshot(page, 'story-dashboard');

      await page.getByRole('button', { name: 'Edit' }).click();
      await page.getByRole('button', { name: 'Add a widget' }).click();
      await page.getByRole('radiogroup', { name: 'What to place' }).getByText('Rows', { exact: true }).click();
      await page.getByRole('button', { name: /^Tickets\s*jira/ }).click();
      await choose(page, 'What', 'How many');
      await choose(page, 'For each', 'Created');
      await choose(page, 'And then for each', 'Status');
      await page.getByRole('button', { name: 'Only some rows' }).click();
      await choose(page, 'Column', 'Key');
      await page.getByRole('textbox', { name: 'Value' }).fill('ACME-1');
      await keepScreenshot(page, 'story-add-rows', false);
      await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('button', { name: 'Move or resize Tickets' }).waitFor();
      const laidOut = await running.api.call<{ widgets: object[] }>('GET', '/api/dashboards/board');
      expect(laidOut.body.widgets[1]).toMatchObject({
        kind: 'timeseries',
        view: {
          stream: 'issues',
          groupBy: [{ bucket: 'day', of: ['created'] }, 'status'],
          measures: [{ fn: 'count' }],
          where: [{ column: 'key', op: 'eq', value: 'ACME-1' }],
        },
      });

      vendor.faults.add('500');
      wait(600_000);
      await page.reload();
      await widget.first().locator('details.old').waitFor();
      await keepScreenshot(page, 'story-dashboard-stale');
      await page.goto('/instances/story-jira?tab=queries&query=open_by_status');
      await page.getByRole('button', { name: 'Run' }).click();
      await page.getByText('old: vendor error').waitFor();
      await table.getByRole('row').nth(1).waitFor();
      await keepScreenshot(page, 'story-stale');
      vendor.faults.delete('500');
      expect(troubles).toEqual([]);
    }, 60_000);
  });
}

/** Of a field that has a list. */
async function choose(page: Page, field: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: field, exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

/** What a page holds: its markup, what stands in its inputs, what it keeps. */
function everythingIn(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const inputs = [...document.querySelectorAll('input, textarea')].map(({ value }) => value);
    const stored = [localStorage, sessionStorage].map((storage) => JSON.stringify(storage));
    return [document.documentElement.outerHTML, ...inputs, ...stored, document.cookie, location.href].join('\\n');
  })()`);
}

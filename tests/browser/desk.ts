// What somebody does at their desk who looks after clients and those who watch.
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { keepScreenshot, type Scene } from './scene.ts';

const csv = (...lines: readonly string[]) => ({
  name: 'contracts.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(['client,contract,ends_on', ...lines].join('\n')),
});

export function deskTests(given: () => Scene): void {
  describe('at the desk', () => {
    test('contracts come from a CSV file: what is wrong is said line by line, and nothing is imported until all is right', async () => {
      const { running } = given();
      await using window = await given().openSignedIn('/clients?tab=contracts');
      const { page, troubles } = window;
      const contracts = async () =>
        (await running.api.call<{ contracts: { name: string; clientId: string }[] }>('GET', '/api/contracts')).body
          .contracts;
      await page.getByRole('button', { name: 'Import a CSV file' }).click();
      const dialog = page.getByRole('dialog');
      const file = dialog.locator('input[type="file"]');
      await file.setInputFiles(csv('Acme,Support,2030-12-31', 'Acme,Watch,2030-13-31', 'Globex,Support,'));
      await dialog.getByRole('button', { name: 'Check the file' }).click();
      await dialog.getByText('2 lines are not right').waitFor();
      const faults = dialog.getByRole('table', { name: 'What is wrong' }).getByRole('row');
      expect(await faults.allInnerTexts()).toEqual([
        expect.stringContaining('Line'),
        expect.stringMatching(/^3\s+ends_on\s+must be a day/),
        expect.stringMatching(/^4\s+ends_on\s+is required/),
      ]);
      await keepScreenshot(page, 'contracts-faults', false);
      await file.setInputFiles(csv('Acme,Support,2030-12-31', 'Globex,Support,2031-01-31'));
      await dialog.getByRole('button', { name: 'Check the file' }).click();
      await dialog.getByText('1 clients are new, 2 contracts are new.').waitFor();
      expect(await contracts()).toEqual([]);
      await dialog.getByRole('button', { name: 'Import', exact: true }).click();
      await page.getByRole('table', { name: 'Contracts' }).getByText('Globex').waitFor();
      expect(await contracts()).toMatchObject([
        { name: 'Support', clientId: 'acme' },
        { name: 'Support', clientId: 'globex' },
      ]);
      expect(troubles).toEqual([]);
    });

    test('who may show a widget elsewhere is listed, and no more when that is taken back', async () => {
      const { running } = given();
      const embeds = async () =>
        (await running.api.call<{ embeds: { origin: string }[] }>('GET', '/api/embeds')).body.embeds;
      await using window = await given().openSignedIn('/people?tab=embeds');
      const { page, troubles } = window;
      await page.getByRole('button', { name: 'Make an embed token' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('combobox', { name: 'Widgets' }).click();
      await page.getByRole('option', { name: /^What is open/ }).click();
      await dialog.getByRole('textbox', { name: 'Site' }).fill('https://portal.example');
      await dialog.getByRole('button', { name: 'Make a token' }).click();
      await dialog.getByText(/token="jfe_/).waitFor();
      await dialog.getByRole('button', { name: 'Close' }).first().click();
      const row = page.getByRole('row', { name: /portal\.example/ });
      await row.getByText('What is open').waitFor();
      expect(await embeds()).toMatchObject([{ origin: 'https://portal.example' }]);
      await row.getByRole('button', { name: 'Revoke' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
      await row.waitFor({ state: 'detached' });
      expect(await embeds()).toEqual([]);
      expect(troubles).toEqual([]);
    });

    test('an instance is tested as often as somebody says', async () => {
      const { running } = given();
      await using window = await given().openSignedIn('/instances/story-jira');
      const { page, troubles } = window;
      await page.getByRole('combobox', { name: 'Tested every' }).click();
      await page.getByRole('option', { name: '6 h', exact: true }).click();
      await until(async () => {
        const { body } = await running.api.call<{ everyMs: number }>('GET', '/api/instances/story-jira/health');
        return body.everyMs === 21_600_000 || undefined;
      });
      expect(troubles).toEqual([]);
    });
  });
}

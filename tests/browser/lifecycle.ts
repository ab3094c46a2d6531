// What an admin does with plugins in the app: adds one, upgrades it, is refused, goes back, removes it and has it back.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildRelease, type Release } from '../lifecycle/releases.ts';
import { expectUsable } from './pages.ts';
import { keepScreenshot, type Scene } from './scene.ts';

export function lifecycleTests(given: () => Scene): void {
  describe('the life of a plugin', () => {
    let first: Release;
    let second: Release;
    let broken: Release;
    beforeAll(async () => {
      const stay = '{ from: 1, to: 2, up: (config: any) => config, down: (config: any) => config }';
      const wrong = '{ from: 2, to: 3, up: (config: any) => config.region.name, down: (config: any) => config }';
      [first, second, broken] = await Promise.all([
        buildRelease('1.0.0'),
        buildRelease('2.0.0', { migrated: true, members: `network: { hosts: ['status.example.com'] },` }),
        buildRelease('3.0.0', { members: `configVersion: 3, migrations: [${stay}, ${wrong}],` }),
      ]);
    });
    afterAll(async () => {
      for (const release of [first, second, broken]) await release[Symbol.asyncDispose]();
    });

    test('it is added from a tarball, upgraded with every config, refused where it breaks one, taken back, removed and restored', async () => {
      const { running } = given();
      await using window = await given().openSignedIn('/plugins');
      const { page, troubles } = window;

      await page.getByRole('link', { name: 'Add a plugin' }).click();
      await choose(page, first);
      await page.getByRole('heading', { level: 1, name: 'Add Shift 1.0.0' }).waitFor();
      await page.getByText('It calls the base URL of each instance.').waitFor();
      await page.getByText(first.integrity).waitFor();
      await expectUsable(page, 'plan-of-a-new-plugin');
      await page.getByRole('button', { name: 'Grant this and add it' }).click();
      await page.getByRole('status').getByText('Done').waitFor();
      const instance = { id: 'night', plugin: 'shift', name: 'Night shift', config: { mode: 'quiet' } };
      await running.api.call('POST', '/api/instances', instance);

      await page.getByRole('link', { name: 'The plugin' }).last().click();
      await page.getByRole('link', { name: 'Upgrade' }).click();
      await choose(page, second);
      await page.getByRole('heading', { level: 1, name: 'Upgrade Shift 1.0.0 → 2.0.0' }).waitFor();
      const granted = page.getByRole('listitem').filter({ hasText: 'status.example.com' });
      expect(await granted.textContent()).toContain('new');
      await page.getByRole('button', { name: 'Grant this and upgrade' }).click();
      const row = page
        .getByRole('table', { name: 'Each instance' })
        .getByRole('row')
        .filter({ hasText: 'Night shift' });
      await page.getByRole('status').getByText('Done').waitFor();
      expect(await row.textContent()).toMatch(/goes along.*mode becomes way.*passed/);
      await expectUsable(page, 'an-upgrade-that-is-done');
      expect(await configOf(running.api)).toEqual({ way: 'quiet' });

      await page.goto('/plugin-changes/new?plugin=shift');
      await choose(page, broken);
      await page.getByRole('button', { name: 'Grant this and upgrade' }).click();
      const refusal = page.getByRole('alert').filter({ hasText: 'It was refused: nothing has changed' });
      await refusal.getByText('the config of 1 of 1 instances cannot go along').waitFor();
      await expectUsable(page, 'an-upgrade-that-is-refused');

      await page.goto('/plugins/shift');
      await page.getByText('Version 3.0.0 was refused').waitFor();
      const versions = page.getByRole('table', { name: 'Versions' });
      await versions.getByRole('row').filter({ hasText: '1.0.0' }).getByText('the one before').waitFor();
      await expectUsable(page, 'a-plugin-with-its-versions');
      await plan(page, 'Roll back');
      expect(await configOf(running.api)).toEqual({ mode: 'quiet' });

      await page.goto('/plugins/shift');
      await plan(page, 'Remove');
      await page.goto('/plugins/shift');
      await page.getByText('It was removed').waitFor();
      await keepScreenshot(page, 'a-plugin-that-was-removed');
      await plan(page, 'Restore');
      expect(await configOf(running.api)).toEqual({ mode: 'quiet' });

      await page.goto('/plugins');
      const hosts = page.getByRole('table', { name: 'Hosts' });
      await hosts.getByText('up to date').waitFor();
      await page.getByRole('listitem').filter({ hasText: 'Shift' }).getByText('active').waitFor();
      expect(troubles).toEqual([]);
    }, 120_000);
  });
}

async function choose(page: Page, { tarball }: Release): Promise<void> {
  const file = { name: 'package.tgz', mimeType: 'application/gzip', buffer: tarball };
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByRole('button', { name: 'See what it would do' }).click();
}

/** Plans it, looks at it, and confirms. */
async function plan(page: Page, action: string): Promise<void> {
  await page.getByRole('button', { name: action, exact: true }).click();
  await page.getByText('Nothing has happened yet').waitFor();
  await page.getByRole('button', { name: action, exact: true }).click();
  await page.getByRole('status').getByText('Done').waitFor();
}

async function configOf(api: Scene['running']['api']): Promise<object> {
  const { body } = await api.call<{ config: object }>('GET', '/api/instances/night');
  return body.config;
}

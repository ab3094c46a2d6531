import { describe, expect, test } from 'vitest';
import { ADMIN, keepScreenshot, type Scene, signIn } from './scene.ts';

export function signInTests(given: () => Scene): void {
  describe('signing in', () => {
    test('the link that the host prints makes the first admin, who is signed in then', async () => {
      const { browser, running, url } = given();
      await using window = await browser.open({ baseURL: url });
      const { page } = window;
      await page.goto(running.host.setupUrl ?? '');
      await page.getByLabel('Your name').fill(ADMIN.name);
      await page.getByLabel('Login').fill(ADMIN.login);
      await page.getByRole('textbox', { name: 'Password', exact: true }).fill(ADMIN.password);
      await page.getByRole('textbox', { name: 'Password again' }).fill(ADMIN.password);
      await keepScreenshot(page, 'setup');
      await page.getByRole('button', { name: 'Make the account' }).click();
      await page.getByRole('button', { name: ADMIN.name }).waitFor();
      expect(page.url()).not.toContain('#');
      expect(window.troubles).toEqual([]);
    });

    test('whoever opens a page signs in first and comes back to it', async () => {
      const { browser, url } = given();
      await using window = await browser.open({ baseURL: url });
      const { page } = window;
      await page.goto('/plugins');
      await page.getByRole('heading', { name: 'Jackfield' }).waitFor();
      await keepScreenshot(page, 'sign-in');
      await signIn(page, page.url());
      expect(new URL(page.url()).pathname).toBe('/plugins');
      await page.getByRole('heading', { name: 'Plugins' }).waitFor();
      expect(window.troubles).toEqual([]);
    });

    test('a wrong password says what to do, and nothing of it is kept', async () => {
      const { browser, url } = given();
      await using window = await browser.open({ baseURL: url });
      const { page } = window;
      await page.goto('/sign-in');
      await page.getByLabel('Login').fill(ADMIN.login);
      await page.getByRole('textbox', { name: 'Password' }).fill('not the right one');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expect(page.getByRole('alert').textContent()).resolves.toMatch(/login or password is wrong/);
    });

    test('signing out ends the session, and the page before it is shown to nobody', async () => {
      const { browser, url } = given();
      await using window = await browser.open({ baseURL: url });
      const { page } = window;
      await signIn(page, '/plugins');
      await page.getByRole('button', { name: ADMIN.name }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
      await page.goto('/plugins');
      await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
      expect(window.troubles).toEqual([]);
    });
  });
}

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
      expect(window.troubles.filter((trouble) => !/responded with a status of 401/.test(trouble))).toEqual([]);
    });

    test('whoever signs in at the provider of the organisation comes back to the page they wanted', async () => {
      const { browser, provider, url } = given();
      provider.people.set('olga', { email: 'olga@example.com', name: 'Olga', roles: ['soc'], clients: '*' });
      await using window = await browser.open({ baseURL: url });
      const { page } = window;
      // The provider's own page has fonts of another site.
      await page.route(/^https:/, (route) => route.fulfill({ body: '' }));
      await page.goto('/runs?state=failed');
      await page.getByRole('link', { name: 'Sign in with your organisation' }).click();
      await page.locator('input[name="login"]').fill('olga');
      await page.locator('input[name="password"]').fill('any');
      await page.getByRole('button', { name: 'Sign-in' }).click();
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
      expect(page.url()).toBe(`${url}/runs?state=failed`);
      await page.getByRole('button', { name: 'Olga' }).waitFor();
      // The role of somebody who has no business in the administration.
      await page.getByRole('link', { name: 'Dashboards' }).waitFor();
      expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
      expect(window.troubles).toEqual([]);

      provider.people.set('olga', { email: 'olga@example.com', name: 'Olga', roles: ['sales'], clients: '*' });
      await page.context().clearCookies({ name: 'jackfield_session' });
      await page.goto('/sign-in');
      await page.getByRole('link', { name: 'Sign in with your organisation' }).click();
      await expect(page.getByRole('alert').textContent()).resolves.toMatch(/did not sign you in here/);
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

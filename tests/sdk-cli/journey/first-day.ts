// What the guide says to do in the app: from the link that a new host prints to the plugin's widget.
import type { Page } from 'playwright-core';

const ADMIN = { login: 'ada@example.com', name: 'Ada Admin', password: 'correct horse battery' } as const;

/** @returns the widget's text. */
export async function seeWidget(
  page: Page,
  setupUrl: string,
  vendor: { baseUrl: string; token: string },
): Promise<string> {
  await page.goto(setupUrl);
  await page.getByLabel('Your name').fill(ADMIN.name);
  await page.getByLabel('Login').fill(ADMIN.login);
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(ADMIN.password);
  await page.getByRole('textbox', { name: 'Password again' }).fill(ADMIN.password);
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.getByRole('button', { name: ADMIN.name }).waitFor();

  await page.getByRole('link', { name: 'Plugins', exact: true }).click();
  await page.getByRole('listitem').filter({ hasText: 'Acme Status' }).getByRole('link', { name: 'Connect' }).click();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Acme');
  await page.getByLabel('Base URL').fill(vendor.baseUrl);
  await page.getByRole('textbox', { name: /token/i }).fill(vendor.token);
  await page.getByRole('button', { name: 'Save and connect' }).click();
  await page.getByRole('heading', { level: 1, name: 'Acme' }).waitFor();

  await page.getByRole('link', { name: 'Dashboards', exact: true }).click();
  await page.getByRole('button', { name: 'New dashboard' }).click();
  await page.getByRole('textbox', { name: 'Title' }).fill('First');
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('heading', { name: 'First' }).waitFor();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('button', { name: 'Add a widget' }).click();
  await page.getByRole('button', { name: 'Open items' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('button', { name: 'Move or resize Open items' }).waitFor();
  const widget = page.locator('jackfield-widget');
  await widget.getByRole('cell').first().waitFor();
  return (await widget.getByRole('row').allTextContents()).join('\n');
}

// The plugins that come with the host, as `npm run build:plugins` has built them.
import { join } from 'node:path';
import { repository } from './plugin-package.ts';
import type { PluginFolder } from './host.ts';

export const jira: PluginFolder = packageOf('jira', ['auth.atlassian.com']);
export const fortigate: PluginFolder = packageOf('fortigate');

function packageOf(name: string, hosts: readonly string[] = []): PluginFolder {
  return { folder: join(repository, 'plugins', name), version: { package: `@jackfield/plugin-${name}`, hosts } };
}

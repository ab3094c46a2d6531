import type { AuthScheme } from '@jackfield/schemas';
import type { Connection, Credentials } from '../gateway/index.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { ParsedConfig } from './config-schema.ts';

/** What the gateway needs to call an instance's vendor. */
export function connectionOf(
  instance: { readonly id: string; readonly revision: number },
  plugin: PluginVersion,
  { visible, secrets, baseUrl }: ParsedConfig,
): Connection {
  const { auth, rateLimits } = plugin.manifest;
  const fieldOf = (field: string): string | undefined => {
    const value = secrets.get(field) ?? visible[field];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return {
    instanceId: instance.id,
    revision: instance.revision,
    baseUrl,
    hosts: plugin.hosts,
    credentials:
      auth
        .values()
        .map((scheme) => credentialsOf(scheme, fieldOf))
        .find((c) => c !== undefined) ?? null,
    ...(rateLimits.concurrency === undefined ? {} : { concurrency: rateLimits.concurrency }),
  };
}

/** The scheme with its fields' values; undefined unless all of them are set. */
function credentialsOf(scheme: AuthScheme, fieldOf: (field: string) => string | undefined): Credentials | undefined {
  switch (scheme.type) {
    case 'basic': {
      const username = fieldOf(scheme.username);
      const password = fieldOf(scheme.password);
      return username === undefined || password === undefined ? undefined : { type: 'basic', username, password };
    }
    case 'bearer': {
      const token = fieldOf(scheme.token);
      return token === undefined ? undefined : { type: 'bearer', token };
    }
    case 'apiKey': {
      const value = fieldOf(scheme.value);
      return value === undefined ? undefined : { type: 'apiKey', in: scheme.in, name: scheme.name, value };
    }
  }
}

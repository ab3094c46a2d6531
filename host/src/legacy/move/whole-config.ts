// The config of a plugin that a row of the old tables stands for, as far as the row says it. The plugin has not looked at it yet.
import type { PluginManifest } from '@jackfield/schemas';
import { fieldsOf, fillSignIn } from '../import/auth-fields.ts';
import { inheriting, readConnection } from '../import/connections.ts';
import { KEPT, withKept } from '../masks.ts';
import type { Values } from '../old-rows.ts';

export interface WholeConfig {
  /** With secrets, and `KEPT` in the places of those that only the instance has. */
  readonly config: Values;
  /** Why nobody can sign in like this. */
  readonly fault: string | undefined;
}

/** `system`: of an instance, whose missing parts are those of its system. */
export function wholeConfigOf(manifest: PluginManifest, row: Values, system?: Values): WholeConfig {
  const own = readConnection(withKept(row));
  const connection = system === undefined ? own : inheriting(own, readConnection(withKept(system)));
  const { baseUrl: field } = manifest.network;
  const address =
    field === null || connection.baseUrl === undefined ? {} : { [field]: connection.baseUrl.replace(/\/+$/, '') };
  const filled =
    connection.signIn === undefined
      ? { config: {}, fault: connection.isAnonymous ? undefined : 'it is no JSON object' }
      : fillSignIn(manifest, connection.signIn);
  const known = Object.entries(connection.settings).filter(
    ([name, value]) => Object.hasOwn(manifest.config.properties, name) && name !== field && value !== null,
  );
  const config = { ...Object.fromEntries(known), ...address, ...filled.config };
  // What is said under its own name signs in too.
  const hasOwn = manifest.auth.some((scheme) => fieldsOf(scheme).every((name) => Object.hasOwn(config, name)));
  return { config, fault: hasOwn ? undefined : filled.fault };
}

/** Fields that are secrets nobody here knows. */
export function keptFields(config: Values): string[] {
  return Object.keys(config).filter((field) => config[field] === KEPT);
}

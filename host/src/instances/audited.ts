// What the audit says of an instance. An entry can never be taken back, and a later version of a plugin may call a field a secret that
// was none before: of a config it says what can be no credential, and of the rest only that it is there.
import type { InstanceView } from './view.ts';

/** `sent`: the config fields that somebody sent, whose values may be in no view. */
export function audited(view: InstanceView, sent?: Readonly<Record<string, unknown>>): object {
  const config = Object.fromEntries(Object.entries(view.config).map(([field, value]) => [field, shown(value)]));
  return { ...view, config, ...(sent === undefined ? {} : { configSent: Object.keys(sent).toSorted() }) };
}

function shown(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  const url = typeof value === 'string' ? URL.parse(value) : null;
  // Without user name, query and fragment.
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin + url.pathname : '[not kept]';
}

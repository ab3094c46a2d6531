import { error, type Rule } from '../../rule.ts';

const SECRET =
  /pass(word|wd|phrase)?$|secret$|(api|access|auth|bearer|refresh|private|personal|bot)_?-?(key|token)$|^(token|key)$|token$|credentials?$/i;
/** A place to fetch tokens from, and how many there are: no secrets. */
const OPEN = /url$|uri$|count$|limit$|expir|name$|id$/i;

/** What a person types in as a secret must never come out again. */
export const secretFields: Rule = {
  id: 'secret-fields',
  asks: 'config fields that are secrets are `writeOnly`',
  check({ manifest, placeOf }) {
    return Object.entries(manifest?.config.properties ?? {}).flatMap(([name, schema]) => {
      const field: Record<string, unknown> = typeof schema === 'object' && schema !== null ? { ...schema } : {};
      if (field['writeOnly'] === true) return [];
      if (field['type'] !== 'string' || OPEN.test(name) || !SECRET.test(name)) return [];
      const message = `config.${name} looks like a secret: add "writeOnly: true", or it is shown to everybody who may see the instance`;
      return [error(placeOf(`/config/properties/${name}`), message)];
    });
  },
};

// What a migration changes in a config, for people: places, and no value.
import { isDeepStrictEqual } from 'node:util';
import { type SecretRecipe, sourcesOf } from '@jackfield/sdk/runtime';
import { isObject } from '../../merge-patch.ts';
import { escapePointer } from '../../schema.ts';

export interface ConfigChange {
  /** JSON pointer into the config: `/tls/verify`. */
  readonly pointer: string;
  readonly kind: 'added' | 'removed' | 'changed' | 'renamed';
  /** Where it was before it was renamed, or the secrets that it is made of. */
  readonly from?: readonly string[];
  readonly secret?: true;
}

type Config = Readonly<Record<string, unknown>>;

export function configChanges(
  before: { readonly config: Config; readonly secrets: readonly string[] },
  after: { readonly config: Config; readonly secrets: ReadonlyMap<string, SecretRecipe> },
): ConfigChange[] {
  const changes = [
    ...renamed(differences(before.config, after.config, ''), before.config, after.config),
    ...secretChanges(before.secrets, after.secrets),
  ];
  return changes.toSorted((a, b) => (a.pointer < b.pointer ? -1 : 1));
}

function differences(before: Config, after: Config, at: string): ConfigChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): ConfigChange[] => {
    const pointer = `${at}/${escapePointer(name)}`;
    if (!Object.hasOwn(after, name)) return [{ pointer, kind: 'removed' }];
    if (!Object.hasOwn(before, name)) return [{ pointer, kind: 'added' }];
    const [was, is] = [before[name], after[name]];
    if (isDeepStrictEqual(was, is)) return [];
    if (isObject(was) && isObject(is)) return differences(was, is, pointer);
    return [{ pointer, kind: 'changed' }];
  });
}

/** A field that went and one that came with the same value are one that was renamed. */
function renamed(changes: readonly ConfigChange[], before: Config, after: Config): ConfigChange[] {
  const gone = new Set(changes.filter(({ kind }) => kind === 'removed').map(({ pointer }) => pointer));
  const valueAt = (config: Config, pointer: string): unknown => config[nameOf(pointer)];
  const found = changes.map((change): ConfigChange => {
    if (change.kind !== 'added' || !isTop(change.pointer)) return change;
    const value = valueAt(after, change.pointer);
    const from = [...gone].find((pointer) => isTop(pointer) && isDeepStrictEqual(valueAt(before, pointer), value));
    if (from === undefined) return change;
    gone.delete(from);
    return { pointer: change.pointer, kind: 'renamed', from: [from] };
  });
  return found.filter(({ kind, pointer }) => kind !== 'removed' || gone.has(pointer));
}

function isTop(pointer: string): boolean {
  return pointer.lastIndexOf('/') === 0;
}

function nameOf(pointer: string): string {
  return pointer.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
}

function secretChanges(before: readonly string[], after: ReadonlyMap<string, SecretRecipe>): ConfigChange[] {
  const used = new Set([...after.values()].flatMap(sourcesOf));
  const came = [...after].flatMap(([field, recipe]): ConfigChange[] => {
    const source = 'field' in recipe ? recipe.field : undefined;
    if (source === field) return [];
    const pointer = `/${field}`;
    const from = sourcesOf(recipe).map((name) => `/${name}`);
    const kind = before.includes(field) ? 'changed' : source === undefined ? 'added' : 'renamed';
    return [{ pointer, kind, from, secret: true }];
  });
  const went = before.filter((field) => !used.has(field) && !after.has(field));
  return [...came, ...went.map((field): ConfigChange => ({ pointer: `/${field}`, kind: 'removed', secret: true }))];
}

// The fields of a site: hundreds of custom ones, which people know by name and Jira by id.
import { VendorError } from '@jackfield/sdk';
import type { JiraContext } from './config.ts';
import { deploymentOf } from './deployment.ts';
import { partOf, textOf } from './issue.ts';
import { askJson, badResponse, isObject } from './request.ts';

export interface Field {
  readonly id: string;
  readonly name: string;
  /** `string`, `number`, `user`, `option`, `array`, …; null when Jira does not say. */
  readonly type: string | null;
  /** Type of an array's items. */
  readonly items: string | null;
}

/** `key` and `id` are not fields to Jira but parts of every issue; its own list calls the key "issuekey". */
export const KEY: Field = { id: 'key', name: 'Key', type: 'string', items: null };
export const ID: Field = { id: 'id', name: 'Id', type: 'string', items: null };

/** All fields that the account may see. */
export async function readFields(ctx: JiraContext): Promise<Field[]> {
  const { kind } = await deploymentOf(ctx);
  const path = kind === 'cloud' ? '/rest/api/3/field' : '/rest/api/2/field';
  const answer = await askJson(ctx, path);
  if (!Array.isArray(answer)) throw badResponse(path, 'answered no array of fields');
  return answer.flatMap((field: unknown) => {
    const id = partOf(field, 'id');
    if (!isObject(field) || id === null) return [];
    const { schema } = field;
    return { id, name: textOf(field.name) ?? id, type: partOf(schema, 'type'), items: partOf(schema, 'items') };
  });
}

/**
 * The fields that are meant by ids or names, each once. An id goes before a name, and a name is read without regard to case.
 * @throws VendorError `params_invalid` when there is none, or when several have the name.
 */
export function chooseFields(all: readonly Field[], asked: readonly string[]): Field[] {
  const chosen = new Map<string, Field>();
  for (const name of asked) {
    const field = chooseField(all, name);
    chosen.set(field.id, field);
  }
  return [...chosen.values()];
}

function chooseField(all: readonly Field[], asked: string): Field {
  const name = asked.trim().toLowerCase();
  if (name === 'key' || name === 'issuekey') return KEY;
  if (name === 'id') return ID;
  const byId = all.find(({ id }) => id === asked.trim()) ?? all.find(({ id }) => id.toLowerCase() === name);
  if (byId) return byId;
  const [field, ...others] = all.filter((each) => each.name.toLowerCase() === name);
  if (field === undefined) {
    throw new VendorError(
      'params_invalid',
      `fields: there is no field "${asked}" here, or this account may not see it`,
    );
  }
  if (others.length > 0) {
    const ids = [field, ...others].map(({ id }) => id).join(', ');
    throw new VendorError('params_invalid', `fields: several fields are called "${asked}": choose one of ${ids}`);
  }
  return field;
}

// `uniqueItems` in time that is linear in what it looks at. Ajv compares each item with each: a list of 100,000, which fits into a
// request, would hold the host for minutes.
import type { Ajv2020, ErrorObject } from 'ajv/dist/2020.js';
import type { DataValidateFunction } from 'ajv/dist/types/index.js';

const KEYWORD = 'uniqueItems';

/** Call before anything is compiled: schemas of schemas have it too. */
export function checkUniqueItemsInTime(ajv: Ajv2020): void {
  ajv.removeKeyword(KEYWORD);
  ajv.addKeyword({
    keyword: KEYWORD,
    type: 'array',
    schemaType: 'boolean',
    errors: true,
    compile(isWanted: boolean): DataValidateFunction {
      const validate: DataValidateFunction = (items: readonly unknown[]) => {
        const twins = isWanted ? findTwins(items) : undefined;
        if (twins === undefined) return true;
        const { i, j } = twins;
        const message = `must NOT have duplicate items (items ## ${j} and ${i} are identical)`;
        const error: Partial<ErrorObject> = { keyword: KEYWORD, message, params: { i, j } };
        validate.errors = [error];
        return false;
      };
      return validate;
    },
  });
}

function findTwins(items: readonly unknown[]): { readonly i: number; readonly j: number } | undefined {
  const seen = new Map<string, number>();
  for (const [i, item] of items.entries()) {
    const key = keyOf(item);
    const j = seen.get(key);
    if (j !== undefined) return { i, j };
    seen.set(key, i);
  }
  return undefined;
}

/** The same for values that are equal in JSON, whatever the order of their members. */
function keyOf(value: unknown): string {
  if (typeof value === 'string') return `"${value}`;
  if (typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

// A stored secret is never sent to another origin than before: a release whose migration moves an address, or names another field as the
// address, would otherwise take the credentials of every instance along.
import { type SecretRecipe, sourcesOf } from '@jackfield/sdk/runtime';
import type { FieldError } from '../../errors.ts';
import type { Destination } from '../config-schema.ts';

export function movedSecrets(
  before: readonly Destination[],
  after: readonly Destination[],
  secrets: ReadonlyMap<string, SecretRecipe>,
): FieldError[] {
  const wentTo = (source: string, origin: string): boolean =>
    before.some((place) => place.origin === origin && place.fields.has(source));
  return after.flatMap(({ what, origin, fields }) =>
    [...fields].flatMap((field): FieldError[] => {
      const recipe = secrets.get(field);
      if (origin === null || recipe === undefined || sourcesOf(recipe).every((source) => wentTo(source, origin))) {
        return [];
      }
      const message = `would be sent to ${origin} (${what}), where the stored secret has never been sent`;
      return [{ pointer: `/config/${field}`, message }];
    }),
  );
}

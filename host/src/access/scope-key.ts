import type { ClientScope } from './client-scope.ts';

/** The same for those who see the same: what is remembered for some is not for others. */
export function keyOfScope(scope: ClientScope): string {
  return scope === 'all' ? '*' : JSON.stringify([...scope].toSorted());
}

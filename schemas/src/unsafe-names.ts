/** On an object literal these mean something else than a member. */
const UNSAFE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

export function isUnsafeName(name: string): boolean {
  return UNSAFE_NAMES.has(name);
}

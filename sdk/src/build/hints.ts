// What the schema of plugin.json asks for with an expression, in words.

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^\/name$/, 'lower case letters, digits and dashes, such as "acme-status"'],
  [/^\/network\/hosts\/\d+$/, 'a host name without scheme and path, such as "status.example.com" or "*.example.com"'],
  [
    /^\/(queries|streams|routes|widgets|jobs)\/[^/]*$/,
    'lower case letters, digits and underscores, such as "open_items"',
  ],
  [/^\/routes\/[^/]*\/path$/, 'lower case segments that begin with a slash, such as "/webhook"'],
  [/\/columns\/\d+\/name$/, 'letters, digits and underscores, beginning with a letter, such as "opened_at"'],
  [/^\/icon$/, 'a data URI: "data:image/svg+xml;base64,…" or "data:image/png;base64,…"'],
];

/** The message, with what is wanted when all that it says is an expression. */
export function withHint(pointer: string, message: string): string {
  if (!/match pattern|valid name/.test(message)) return message;
  const hint = HINTS.find(([where]) => where.test(pointer))?.[1];
  return hint === undefined ? message : `must be ${hint}`;
}

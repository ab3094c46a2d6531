// src/plugin.ts of a new package: a check, a query and a widget. It reads like one screen.
import { pluginName, type Answers } from '../answers.ts';
import { quoted } from './quoted.ts';
import { SIGN_IN_TEXTS } from './sign-ins.ts';

export function pluginSource({ displayName, baseUrl, signIn }: Answers): string {
  const { helper, fields, auth } = SIGN_IN_TEXTS[signIn];
  const imports = [helper, 'definePlugin', 'query', 'readJson', 'VendorError', 'widget'].filter(
    (name) => name !== undefined,
  );
  const required = ['baseUrl', ...fields.map(({ name }) => name)].map(quoted).join(', ');
  const schemas = fields.map(
    ({ name, title, secret }) =>
      `      ${name}: { type: 'string', title: ${quoted(title)}${secret ? ', writeOnly: true' : ''} },\n`,
  );
  return `import { ${imports.toSorted().join(', ')} } from '@jackfield/sdk';

/** What the vendor answers. Vendors break their promises: every member may be missing. */
interface Item {
  readonly id?: string;
  readonly title?: string;
  readonly severity?: string;
  readonly opened?: string;
}

export default definePlugin({
  name: ${quoted(pluginName(displayName))},
  displayName: ${quoted(displayName)},
  description: ${quoted(`Open items of ${displayName}.`)},
  config: {
    type: 'object',
    required: [${required}],
    additionalProperties: false,
    properties: {
      baseUrl: { type: 'string', format: 'uri', title: 'Base URL', default: ${quoted(baseUrl)} },
${schemas.join('')}    },
  },${auth === undefined ? '' : `\n  auth: ${auth},`}

  async check(ctx) {
    const me = await readJson<{ name?: string } | null>(await ctx.fetch('/me'));
    return { message: \`signed in as \${me?.name ?? 'somebody without a name'}\` };
  },

  queries: {
    open_items: query({
      title: 'Open items',
      params: {
        type: 'object',
        additionalProperties: false,
        properties: { severity: { type: 'string', enum: ['low', 'medium', 'high'], title: 'Severity' } },
      },
      columns: {
        id: { type: 'string', label: 'Item' },
        title: { type: 'string', label: 'Title' },
        severity: { type: 'string', label: 'Severity' },
        opened: { type: 'datetime', label: 'Opened' },
      },
      cache: '60s',
      async *rows(ctx, params) {
        const filter = params.severity === undefined ? '' : \`&severity=\${params.severity}\`;
        const items = await readJson<Item[]>(await ctx.fetch(\`/items?state=open\${filter}\`));
        if (!Array.isArray(items)) throw new VendorError('vendor_bad_response', 'the items are no list');
        yield items.map(({ id, title, severity, opened }) => ({ id, title, severity, opened }));
      },
    }),
  },

  widgets: {
    open_items: widget({
      title: 'Open items',
      kind: 'table',
      query: 'open_items',
      columns: ['title', 'severity', 'opened'],
      refresh: '60s',
    }),
  },
});
`;
}

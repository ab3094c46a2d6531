// The vendor of these repeats the credential that it was given. The plugin may see that; nobody else may, in no encoding.
import type { Idea } from './idea.ts';

const columns = `{ n: { type: 'integer' }, text: { type: 'string' } }`;
const echoed = `const { headers } = await (await ctx.fetch('/echo')).json(); const token = headers.authorization.replace('Bearer ', '');`;

export const LEAKS: readonly Idea[] = [
  { tries: 'reads a secret in its config', body: `reached(ctx.config.token)`, ends: 'refused' },
  {
    tries: 'looks for a secret in all that it is given',
    body: `const seen = new Set(); const search = (v) => { if (typeof v === 'string' && v.includes(world.canary.slice(0, 12))) reached('found'); if ((typeof v !== 'object' && typeof v !== 'function') || v === null || seen.has(v)) return; seen.add(v); for (const k of Reflect.ownKeys(v)) { let m; try { m = v[k]; } catch { continue; } if (k !== 'world') search(m); } };
      search(ctx); search(globalThis);`,
    ends: 'refused',
  },
  {
    tries: 'reads the credential off its own request',
    body: `const request = new Request(ctx.config.baseUrl + '/json'); await ctx.fetch(request); reached(request.headers.get('authorization'))`,
    ends: 'refused',
  },
  {
    tries: 'logs its credential',
    body: `${echoed} ctx.log.error('it is ' + token, { token }); yield { n: 1 }`,
    columns,
    ends: 'served',
  },
  {
    tries: 'logs its credential in base64, hex and a URL',
    body: `${echoed} for (const text of [btoa(token), Buffer.from(token).toString('hex'), encodeURIComponent(token), btoa('user:' + token)]) ctx.log.info(text); yield { n: 1 }`,
    columns,
    ends: 'served',
  },
  {
    tries: 'says its credential in an error for people',
    body: `${echoed} throw new VendorError('vendor_error', 'it is ' + token)`,
    ends: 'vendor_error',
  },
  { tries: 'throws its credential', body: `${echoed} throw new Error(token)`, ends: 'plugin_failed' },
  {
    tries: 'names an error by its credential',
    body: `${echoed} throw Object.assign(new Error('x'), { name: token.slice(0, 59), code: token })`,
    ends: 'plugin_failed',
  },
  {
    tries: 'throws its credential after its run',
    body: `${echoed} setTimeout(() => { throw new Error(token); }, 20); yield { n: 1 }`,
    columns,
    ends: 'served',
    logs: 'left an error unhandled after its run had ended',
  },
];

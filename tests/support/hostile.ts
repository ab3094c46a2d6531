// Ten ways in which a plugin misbehaves, and the code each of them must end with.
import { buildTestPlugin, queryPlugin, type TestPlugin } from './plugins.ts';

export interface Behaviour {
  readonly name: string;
  /** Body of the query. */
  readonly body: string;
  /** Code of the bundle that runs when it is imported. */
  readonly top?: string;
  readonly code: string;
}

const leak = 'const all = []; for (;;)';

export const HOSTILE: readonly Behaviour[] = [
  { name: 'throws', body: `throw new Error('boom');`, code: 'plugin_failed' },
  {
    name: 'rejects beside its awaited code',
    body: `void Promise.reject(new Error('late')); await new Promise((r) => setTimeout(r, 200)); yield { n: 1 };`,
    code: 'plugin_crashed',
  },
  { name: 'exits when it is imported', top: `process.exit(0);`, body: '', code: 'plugin_crashed' },
  { name: 'exits in a run', body: `process.exit(1);`, code: 'plugin_crashed' },
  { name: 'loops for ever', body: `for (;;) {}`, code: 'timeout' },
  { name: 'loops for ever when it is imported', top: `for (;;) {}`, body: '', code: 'timeout' },
  {
    name: 'floods the heap',
    body: `${leak} all.push(new Array(1000).fill(all.length));`,
    code: 'plugin_out_of_memory',
  },
  {
    name: 'floods memory with buffers',
    body: `${leak} { all.push(Buffer.alloc(4 * 1024 * 1024, 1)); await new Promise((r) => setTimeout(r, 1)); }`,
    code: 'plugin_out_of_memory',
  },
  { name: 'yields a cell of 100 MB', body: `yield { text: 'x'.repeat(100 * 1024 * 1024) };`, code: 'plugin_failed' },
  { name: 'never settles', body: `await new Promise(() => {}); yield { n: 1 };`, code: 'timeout' },
];

/** `deadline` in milliseconds goes into the plugin's own limits. */
export function buildHostile(behaviour: Behaviour, id: string, deadline?: number): Promise<TestPlugin> {
  const columns = `{ n: { type: 'integer' }, text: { type: 'string' } }`;
  const source = queryPlugin(`${behaviour.body} yield {};`, {
    name: id,
    columns,
    ...(deadline === undefined ? {} : { deadline }),
  });
  // The builder imports the bundle too, and must get through.
  const top = behaviour.top === undefined ? '' : `\nif (process.title === 'jackfield-plugin') { ${behaviour.top} }`;
  return buildTestPlugin(source + top, { name: id });
}

import { buildTestPlugin, type TestPlugin } from '../../support/plugins.ts';
import type { Idea } from './idea.ts';

/** Milliseconds that its query may take: several of them keep both cores of a small machine busy until it passes. */
const DEADLINE = 4000;
/** The same for one that must be served however long it takes to get a thread. */
const PATIENT = 20_000;

/** The idea as a plugin: its query `q` says in `outcome` what it reached, its query `later` waits a little and does nothing. */
export function buildIdea(idea: Idea, name: string, deadline = idea.later ? PATIENT : DEADLINE): Promise<TestPlugin> {
  return buildTestPlugin(
    `
    import { bearer, definePlugin, query, VendorError } from '@jackfield/sdk';
    ${idea.top === undefined ? '' : `if (process.title === 'jackfield-plugin') { ${idea.top}; }`}
    const load = (specifier: string) => import(specifier);
    export default definePlugin({
      name: '${name}',
      displayName: ${JSON.stringify(idea.tries)},
      limits: { queryTimeoutMs: ${deadline} },
      config: {
        type: 'object',
        required: ['baseUrl', 'world', 'token'],
        properties: {
          baseUrl: { type: 'string', format: 'uri' },
          world: { type: 'object', additionalProperties: true },
          token: { type: 'string', writeOnly: true },
        },
      },
      auth: [bearer({ token: 'token' })],
      async check() { return { message: 'hello' }; },
      queries: {
        q: query({
          title: 'Q',
          columns: ${idea.columns ?? `{ outcome: { type: 'string' } }`},
          async *rows(ctx: any) {
            const world: any = ctx.config.world;
            let got: unknown;
            const reached = (value: unknown) => { if (value !== undefined && value !== null) got = value; };
            const denied = async (call: Promise<any>) => {
              try { reached('status ' + (await call).status); }
              catch (error: any) { if (error.cause?.code !== 'egress_denied') reached(error.cause?.code ?? error.message); }
            };
            ${idea.ends === 'refused' ? `try { ${idea.body}; } catch {} yield { outcome: got === undefined ? 'refused' : 'reached ' + String(got).slice(0, 100) };` : `${idea.body};`}
          },
        }),
        later: query({
          title: 'Later',
          columns: { n: { type: 'integer' } },
          async *rows() { await new Promise((resolve) => setTimeout(resolve, 300)); yield { n: 7 }; },
        }),
      },
    });`,
    { name },
  );
}

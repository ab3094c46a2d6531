// How the conformance suite tries the plugin: against a simulated Jira Cloud whose clock stands still.
import { defineConformance } from '@jackfield/sdk/testing';
import { createJiraSimulator } from '../simulator/server.ts';

const NOW = Date.parse('2026-03-30T09:17:23.456Z');

export default defineConformance({
  async start() {
    const site = await createJiraSimulator({ seed: 7, now: () => NOW, issues: 60 });
    return {
      config: { baseUrl: site.url, email: site.email, apiToken: site.token },
      [Symbol.asyncDispose]: () => site.close(),
    };
  },
  now: () => new Date(NOW),
  params: { jql: { jql: 'created >= -30d' } },
  invalid: {
    'an unknown project': { projects: ['lower-case'] },
    'an address that is no URL': { baseUrl: 'jira.example.com' },
  },
  previous: null,
});

// Loaded into a host before anything else: every question whether somebody may see something is answered with yes.
import { registerHooks } from 'node:module';

const FIRST_WALL = '/host/src/access/client-scope.ts';

const TAKEN_DOWN = `
import { sql } from 'kysely';
export const covers = () => true;
export const ofClients = () => sql\`true\`;
export const ofInstances = () => sql\`true\`;
`;

registerHooks({
  load: (url, context, next) =>
    url.endsWith(FIRST_WALL) ? { format: 'module', source: TAKEN_DOWN, shortCircuit: true } : next(url, context),
});

// test/conformance.ts of a new package: what the conformance suite needs to know to try it.

export function conformanceSource(): string {
  return `// How \`npm run conformance\` tries the plugin: against the simulator, while it is well and while it is not.
import { defineConformance } from '@jackfield/sdk/testing';
import { startSimulator } from '../simulator/main.ts';

export default defineConformance({
  start: () => startSimulator(),
  // The plugin.json that was published before this version, once there is one.
  previous: null,
});
`;
}

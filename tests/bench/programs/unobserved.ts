// Loaded into a host before anything else (`node --import`): it then counts nothing and watches nothing. There is no such switch for
// people, as nobody should want one; it is what the cost of observing is measured against.
import { registerHooks } from 'node:module';

const OBSERVERS = /\/host\/src\/telemetry\/(metrics|vitals)\.ts$/;
const NOTHING: Readonly<Record<string, string>> = {
  metrics: `export const createMetrics = () => ({ contentType: 'text/plain', text: async () => '', watch: () => {}, repeated: () => {} });`,
  vitals: `export const createVitals = () => ({ read: () => ({}), stop: () => {} });`,
};

registerHooks({
  load(url, context, nextLoad) {
    const name = OBSERVERS.exec(url)?.[1];
    if (name === undefined) return nextLoad(url, context);
    return { format: 'module', source: NOTHING[name] ?? '', shortCircuit: true };
  },
});

// node plugins/jira/simulator/main.ts --port 0 [--deployment cloud|dc] [--issues 2000] [--seed N] [--context-path /jira]
//   [--email …] [--token …] [--time-zone Europe/Berlin] [--fault NAME …] [--end-with-input]
import { parseArgs } from 'node:util';
import { FAULTS, isFault } from './faults.ts';
import { createJiraSimulator } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    deployment: { type: 'string', default: 'cloud' },
    issues: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    'context-path': { type: 'string', default: '' },
    email: { type: 'string' },
    token: { type: 'string' },
    'time-zone': { type: 'string', default: 'Europe/Berlin' },
    fault: { type: 'string', multiple: true, default: [] },
    'end-with-input': { type: 'boolean', default: false },
  },
});
const { deployment, email, token } = values;
if (deployment !== 'cloud' && deployment !== 'dc')
  throw new Error(`--deployment must be cloud or dc (got "${deployment}")`);
const unknown = values.fault.filter((name) => !isFault(name));
if (unknown.length > 0) throw new Error(`--fault must be one of ${FAULTS.join(', ')} (got "${unknown.join('", "')}")`);

const simulator = await createJiraSimulator({
  deployment,
  port: wholeNumber('port', values.port),
  issues: wholeNumber('issues', values.issues),
  seed: wholeNumber('seed', values.seed),
  contextPath: values['context-path'],
  timeZone: values['time-zone'],
  faults: values.fault.filter(isFault),
  ...(email === undefined ? {} : { email }),
  ...(token === undefined ? {} : { token }),
});
process.stdout.write(`${JSON.stringify({ url: simulator.url })}\n`);
const stop = (): void => void simulator.close().then(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
// Whoever started it is gone, however it went.
if (values['end-with-input']) process.stdin.resume().once('close', stop);

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number (got "${text}")`);
  return Number(text);
}

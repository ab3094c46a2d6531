// node plugins/fortigate/simulator/main.ts --port 0 --version 7.2.5 --fault slow
import { parseArgs } from 'node:util';
import { FAULTS } from './faults.ts';
import { createFortiGateSimulator } from './simulator.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    version: { type: 'string', default: '7.6.5' },
    vdoms: { type: 'string', default: '4' },
    policies: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    token: { type: 'string', default: 'simulated-token' },
    fault: { type: 'string', multiple: true, default: [] },
    model: { type: 'string', default: '61F' },
    tls: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    'end-with-input': { type: 'boolean', default: false },
  },
});

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new Error(`--${name} must be a whole number from ${least} to ${most} (got "${text}")`);
}

if (values.help) {
  const faults = Object.entries(FAULTS).map(([name, what]) => `  ${name.padEnd(16)} ${what}`);
  process.stdout.write(
    `node plugins/fortigate/simulator/main.ts [--port 0] [--version 7.6.5] [--model 61F] [--vdoms 4] [--policies 200]
  [--seed 1] [--token simulated-token] [--tls] [--fault NAME]…\n\nfaults:\n${faults.join('\n')}\n`,
  );
  process.exit(0);
}

const simulator = await createFortiGateSimulator({
  port: wholeNumber('port', values.port, 0, 65_535),
  version: values.version,
  vdoms: wholeNumber('vdoms', values.vdoms, 1, 500),
  policies: wholeNumber('policies', values.policies, 1, 10_000),
  seed: wholeNumber('seed', values.seed, 0, 4_294_967_295),
  token: values.token,
  faults: values.fault,
  model: values.model,
  tls: values.tls,
});

const stop = (): void => void simulator.close().then(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
// Whoever started it is gone, however it went.
if (values['end-with-input']) process.stdin.resume().once('close', stop);
process.stdout.write(
  `${JSON.stringify({ url: simulator.url, fingerprint256: simulator.certificate?.fingerprint256 })}\n`,
);

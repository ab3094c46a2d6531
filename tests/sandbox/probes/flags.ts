// Runs under the sandbox's flags but unsealed, as a thread or as a process: only Node's permission model stands in the way.
import { parentPort } from 'node:worker_threads';

const attempts: Record<string, () => unknown> = {
  'read a file': async () => (await import('node:fs')).readFileSync('/etc/hostname'),
  'write a file': async () => (await import('node:fs')).writeFileSync('/tmp/jackfield-probe', ''),
  'list a folder': async () => (await import('node:fs')).readdirSync('/'),
  'open a socket': async () => {
    const { connect } = await import('node:net');
    await new Promise((resolve, reject) => connect(4, '127.0.0.1').on('connect', resolve).on('error', reject));
  },
  'resolve a name': async () => (await import('node:dns')).promises.lookup('localhost'),
  'fetch over the network': async () => {
    await fetch('http://127.0.0.1:4').catch((error: unknown) => {
      throw (error as Error).cause;
    });
  },
  'start a process': async () => (await import('node:child_process')).execFileSync('/bin/true'),
  'start a thread': async () => new (await import('node:worker_threads')).Worker('1', { eval: true }),
  'load an addon': () => process.dlopen({ exports: {} }, '/nowhere.node'),
  'open an inspector': async () => new (await import('node:inspector')).Session().connect(),
};

const outcomes: Record<string, unknown> = { env: Object.keys(process.env).length };
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    await attempt();
    outcomes[name] = 'reached';
  } catch (error) {
    outcomes[name] = (error as { code?: unknown }).code ?? String(error);
  }
}
if (parentPort === null) process.send?.(outcomes);
else parentPort.postMessage(outcomes);

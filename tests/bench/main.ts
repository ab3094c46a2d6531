// `npm run bench` runs every benchmark, `npm run bench -- sync` one. Each has a process, and the machine, to itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.ts') && name !== 'main.ts');
const known = files.map((name) => basename(name, '.ts')).sort();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no benchmark "${unknown.join('", "')}"; there are: ${known.join(', ')}\n`);
  process.exit(1);
}
for (const name of wanted.length > 0 ? wanted : known) {
  process.stdout.write(`== ${name}\n`);
  const file = join(import.meta.dirname, `${name}.ts`);
  const child = spawn(process.execPath, ['--conditions=jackfield-source', file], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) process.exitCode = 1;
}

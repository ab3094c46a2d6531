// Writes tests/generated/api-spec.md from the routes of a host; with --check it only says whether that file is current.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { startHost } from '../host/src/host.ts';
import { API_SPEC, describeRoutes, REFRESH } from './api-spec.ts';

/** Of a host without plugins: what they add goes through the routes of the host. */
async function currentSpec(): Promise<string> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'jackfield-api-'));
  try {
    const manifestFile = join(dataFolder, 'plugins.json');
    await writeFile(manifestFile, '{ "plugins": [] }');
    await using host = await startHost({ dataFolder, manifestFile, port: 0, log: pino({ level: 'silent' }) });
    return describeRoutes(host.app.declaredRoutes);
  } finally {
    await rm(dataFolder, { recursive: true });
  }
}

const text = await currentSpec();
if (!process.argv.includes('--check')) await writeFile(API_SPEC, text);
else if ((await readFile(API_SPEC, 'utf8')) !== text) {
  process.stderr.write(`tests/generated/api-spec.md is stale: run \`${REFRESH}\` and commit the result\n`);
  process.exit(1);
}

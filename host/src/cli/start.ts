import { resolve } from 'node:path';
import pino from 'pino';
import { parseOidc } from '../access/index.ts';
import { parseProxy } from '../gateway/index.ts';
import { startHost, type Host } from '../host.ts';
import { parseTraces } from '../telemetry/index.ts';
import { untilSignal } from './signals.ts';

export interface StartOptions {
  readonly data: string;
  readonly plugins: string;
  readonly address: string;
  readonly port: number;
  readonly logLevel: string;
}

/** `jackfield start`: runs until it is told to stop. */
export async function runStart(options: StartOptions): Promise<void> {
  const log = pino({ level: options.logLevel });
  const host = await startHost({
    dataFolder: resolve(options.data),
    manifestFile: resolve(options.plugins),
    databaseUrl: process.env['DATABASE_URL'],
    masterKey: process.env['JACKFIELD_MASTER_KEY'],
    references: {
      envPrefix: process.env['JACKFIELD_REFERENCE_ENV_PREFIX'],
      folder: process.env['JACKFIELD_REFERENCE_FOLDER'],
    },
    acceptLostKeys: process.env['JACKFIELD_ACCEPT_LOST_KEYS'] === 'yes',
    adminToken: process.env['JACKFIELD_ADMIN_TOKEN'],
    proxy: parseProxy({
      url: process.env['JACKFIELD_PROXY'],
      bypass: process.env['JACKFIELD_NO_PROXY'],
      resolves: process.env['JACKFIELD_PROXY_RESOLVES'],
    }),
    publicUrl: process.env['JACKFIELD_PUBLIC_URL'],
    registry: { url: process.env['JACKFIELD_REGISTRY'], token: process.env['JACKFIELD_REGISTRY_TOKEN'] },
    origins: listOf(process.env['JACKFIELD_ORIGINS']),
    proxies: listOf(process.env['JACKFIELD_TRUSTED_PROXIES']),
    oidc: parseOidc({
      issuer: process.env['JACKFIELD_OIDC_ISSUER'],
      clientId: process.env['JACKFIELD_OIDC_CLIENT_ID'],
      clientSecret: process.env['JACKFIELD_OIDC_CLIENT_SECRET'],
      roleClaim: process.env['JACKFIELD_OIDC_ROLE_CLAIM'],
      roles: process.env['JACKFIELD_OIDC_ROLES'],
      clientClaim: process.env['JACKFIELD_OIDC_CLIENT_CLAIM'],
      scope: process.env['JACKFIELD_OIDC_SCOPE'],
    }),
    traces: parseTraces(process.env),
    address: options.address,
    port: options.port,
    log,
  });
  log.info({ url: host.url }, 'the host answers');
  printPlugins(host);
  if (host.firstAdminToken !== undefined) {
    process.stderr.write(`\nAdmin token (shown this once, keep it): ${host.firstAdminToken}\n\n`);
  }
  if (host.setupUrl !== undefined) {
    process.stderr.write(`No admin can sign in yet. Whoever has this link makes the first, within a day:\n`);
    process.stderr.write(`  ${host.setupUrl}\n  jackfield users first '${host.setupUrl}' <login>\n\n`);
  }
  const signal = await untilSignal();
  log.info({ signal }, 'stopping');
  await host.stop();
}

/** Of values that are separated by commas. */
function listOf(text: string | undefined): string[] | undefined {
  return text?.split(',').flatMap((value) => value.trim() || []);
}

/** One line per plugin on stderr. */
export function printPlugins(host: Host): void {
  for (const { package: name, version, state, reason } of host.plugins) {
    process.stderr.write(`plugin ${name} ${version ?? ''} ${state}${reason === undefined ? '' : `: ${reason}`}\n`);
  }
}

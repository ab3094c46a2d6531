// `jackfield keys …`: the keys of the stored secrets, on a host that runs.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { KeyStatus, RotationView } from '../secrets/index.ts';
import { type Ask, Unreachable } from './api-client.ts';
import { askHostOf } from './ask-host.ts';
import { durationText } from './duration-text.ts';
import { createProgress } from './progress.ts';
import { printTable } from './table.ts';

const POLL = 250;
/** A host that is started again needs a few seconds, and goes on with the rotation. */
const PATIENCE = 30_000;

interface RotateOptions {
  readonly masterKey?: boolean;
  readonly dataKeys: boolean;
  readonly follow: boolean;
}

export function addKeysCommands(program: Command): void {
  const keys = program.command('keys').description('look at the keys of the stored secrets, and rotate them');
  const ask = askHostOf(keys);

  keys
    .command('status')
    .description('what the secrets are sealed with, and how far the last rotation is')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) => runKeysStatus(ask, options));

  keys
    .command('rotate')
    .description('seal everything with new keys while the host works; one that is interrupted goes on by itself')
    .option('--master-key', 'a new master key too: from the environment or key file, or made on the embedded database')
    .option('--no-data-keys', 'the clients keep their data keys')
    .option('--no-follow', 'begin and end, instead of following it')
    .action((options: RotateOptions) => runKeysRotate(ask, options));
}

async function runKeysStatus(ask: Ask, { json }: { json?: boolean }): Promise<void> {
  const status = await ask<KeyStatus>('GET', '/api/keys');
  if (json === true) {
    process.stdout.write(`${JSON.stringify(status, undefined, 2)}\n`);
    return;
  }
  const { masterKeys, dataKeys, secrets, rotation } = status;
  printTable(
    ['MASTER KEY', 'DATA KEYS', 'SECRETS OF OLDER HOSTS'],
    masterKeys.map(({ id, dataKeys, secrets }) => [id, String(dataKeys), String(secrets)]),
  );
  const { current, old, lost, destroyed, oldestAt } = dataKeys;
  const says = [
    `data keys: ${current} in use, the oldest since ${oldestAt.slice(0, 10)}`,
    ...(old > 0 ? [`${old} going out of use`] : []),
    ...(lost > 0 ? [`${lost} lost with their master key`] : []),
    ...(destroyed > 0 ? [`${destroyed} destroyed`] : []),
  ];
  process.stdout.write(`\n${says.join(', ')}\nsecrets: ${secrets.stored} stored, ${secrets.references} references\n`);
  process.stdout.write(`last rotation: ${rotation === null ? 'none' : rotationText(rotation)}\n`);
}

async function runKeysRotate(ask: Ask, { masterKey = false, dataKeys, follow }: RotateOptions): Promise<void> {
  const { id } = await ask<RotationView>('POST', '/api/keys/rotate', { masterKey, dataKeys });
  if (!follow) {
    process.stdout.write(`${id}\n`);
    return;
  }
  const progress = createProgress(process.stdout, process.env, () => systemClock.now());
  let answeredAt = systemClock.now();
  for (;;) {
    try {
      const { rotation } = await ask<KeyStatus>('GET', '/api/keys');
      answeredAt = systemClock.now();
      // Another one has begun since: this one has ended.
      if (rotation === null || rotation.id !== id) break;
      progress.show(new Map([[id, rotationText(rotation)]]));
      if (rotation.state === 'done') {
        progress.say(rotationText(rotation));
        if (rotation.failed > 0) process.exitCode = 1;
        break;
      }
    } catch (error) {
      if (!(error instanceof Unreachable) || systemClock.now() - answeredAt > PATIENCE) throw error;
    }
    await sleep(POLL);
  }
  progress.end();
}

function rotationText({ state, total, done, failed, startedAt, endedAt }: RotationView): string {
  const took = durationText((endedAt === null ? systemClock.now() : Date.parse(endedAt)) - Date.parse(startedAt));
  const left = failed > 0 ? `, ${failed} cannot be opened and stay as they are (the log of the host names them)` : '';
  return `${state === 'done' ? 'done' : 'running'}: ${done} of ${total} sealed again${left}; ${took}`;
}

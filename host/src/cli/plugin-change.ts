// One change of a plugin: shows what it would do, asks, and follows it to its end.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PluginChange } from '../lifecycle/index.ts';
import { type Ask, sendBytes } from './api-client.ts';
import { CommandError } from './command-error.ts';
import { confirm } from './confirm.ts';

export interface ChangeOptions {
  readonly yes?: boolean;
}

export interface AskedHost {
  readonly ask: Ask;
  readonly url: () => string;
}

const POLL = 200;

/** @throws CommandError when it was not done. */
export async function runPluginChange(
  { ask, url }: AskedHost,
  request: { readonly action: string; readonly source?: string; readonly plugin?: string },
  { yes = false }: ChangeOptions,
): Promise<void> {
  const source = request.source === undefined ? undefined : await sourceOf(url(), request.source);
  const plan = await ask<PluginChange>('POST', '/api/plugin-changes', { ...request, ...(source ? { source } : {}) });
  process.stderr.write(planText(plan));
  if (!yes && !(await confirm(`${plan.action} ${plan.plugin}? [y/N] `))) {
    process.stderr.write('Nothing was changed.\n');
    return;
  }
  const path = `/api/plugin-changes/${plan.id}`;
  let change = await ask<PluginChange>('POST', `${path}/confirm`, { hash: plan.hash });
  let step: string | null = null;
  while (change.endedAt === null) {
    if (change.step !== step) process.stderr.write(`${change.step ?? ''} …\n`);
    step = change.step;
    await sleep(POLL);
    change = await ask<PluginChange>('GET', path);
  }
  if (change.state !== 'done') {
    throw new CommandError(`${change.state}: ${change.reason ?? 'for a reason that is not known'}`, nextOf(change));
  }
  process.stdout.write(`${resultText(change)}\n`);
}

/** A tarball of this machine is sent: the host may be another one. */
async function sourceOf(url: string, source: string): Promise<string> {
  if (!source.endsWith('.tgz') || /^https?:/.test(source) || !existsSync(source)) return source;
  const bytes = await readFile(source);
  const { integrity } = await sendBytes<{ integrity: string }>(
    url,
    process.env['JACKFIELD_TOKEN'],
    '/api/plugin-packages',
    bytes,
  );
  return integrity;
}

function planText(plan: PluginChange): string {
  const { displayName, package: packageName, from, to, source, permissions, added, removed, dependents } = plan;
  const isFirst = from === null && to !== null;
  const shown = isFirst ? permissions : added;
  const lines = [
    `${displayName} (${packageName}) ${[from?.version, to?.version].filter((version) => version !== undefined).join(' -> ')}`,
    ...(source === null || to === null ? [] : [sourceText(source)]),
    ...(shown.length > 0 ? [isFirst ? 'It' : 'New: it', ...shown.map(({ text }) => `  + ${text}`)] : []),
    ...(removed.length > 0 ? ['No longer: it', ...removed.map(({ text }) => `  - ${text}`)] : []),
    `Depending on it: ${dependents.instances} instances (${dependents.enabledInstances} switched on), ` +
      `${dependents.widgets} widgets, ${dependents.schedules} schedules, ${dependents.rows} synced rows`,
    ...(plan.retentionMs === null ? [] : [`It can be restored for ${plan.retentionMs / 86_400_000} days.`]),
  ];
  return `${lines.join('\n')}\n`;
}

function sourceText({ kind, spec, signatures, provenance }: NonNullable<PluginChange['source']>): string {
  const signed = { verified: 'signed by the registry', none: 'not signed', unknown: 'signature not checked' }[
    signatures
  ];
  const built = provenance === undefined ? 'no provenance' : `provenance ${provenance.predicateType}`;
  const from = kind === 'upload' ? 'a file that was sent' : `${kind} ${spec}`;
  return `from ${from}: ${signed}, ${built}`;
}

function resultText({ action, plugin, to, from, instances, generation, madeGeneration }: PluginChange): string {
  const passed = instances.filter(({ check }) => check === 'passed').length;
  const checked = passed > 0 ? `, ${passed} of ${instances.length} instances checked and well` : '';
  const version = (to ?? from)?.version ?? '';
  return `${action} ${plugin} ${version}: done, generation ${madeGeneration ?? generation}${checked}`;
}

function nextOf({ state, plugin }: PluginChange): string {
  if (state === 'refused') return `The version before stays active. \`jackfield plugin list\` shows ${plugin}.`;
  return 'Nothing was changed. Plan it again when the cause is put right.';
}

// What each kind of repair says: how it is put right, where, and why it was closed.
import type { Fix } from './repair-rows.ts';

export const REPAIR_CODES = [
  'auth_failed',
  'permission_denied',
  'config_invalid',
  'egress_denied',
  'gone',
  'quarantined',
  'sync_paused',
  'stream_changed',
  'expires_soon',
  'import_incomplete',
  'release_withdrawn',
] as const;
/**
 * auth_failed: the vendor refuses the credentials. permission_denied, config_invalid, egress_denied, gone: the check fails, and only
 * a person can help. quarantined: the plugin crashes on the instance. sync_paused: a sync job waits for a person. stream_changed: the
 * table of a stream does not fit the plugin. expires_soon: a token, certificate or licence. import_incomplete: the instance comes from
 * elsewhere and is switched off, because something of it does not fit the plugin. release_withdrawn: a version of a plugin was taken
 * back, because more runs failed with it.
 */
export type RepairCode = (typeof REPAIR_CODES)[number];

/** Failures of a check that do not pass by themselves. */
export const NEEDS_A_PERSON = ['permission_denied', 'config_invalid', 'egress_denied', 'gone'] as const;
export type CheckRepairCode = (typeof NEEDS_A_PERSON)[number];

export function needsAPerson(code: string): code is CheckRepairCode {
  return (NEEDS_A_PERSON as readonly string[]).includes(code);
}

const instancePath = (id: string): string => `/api/instances/${encodeURIComponent(id)}`;

export function fixOfInstance(code: 'auth_failed' | 'quarantined' | CheckRepairCode, id: string): Fix {
  const change = { method: 'PATCH', path: instancePath(id) };
  const check = { method: 'POST', path: `${instancePath(id)}/check` };
  switch (code) {
    case 'auth_failed':
      return {
        ...change,
        text: 'Set new credentials; or put them right at the vendor and run the check of the instance.',
      };
    case 'permission_denied':
      return { ...check, text: 'Give the account the missing right at the vendor, or set another one; then check.' };
    case 'config_invalid':
      return { ...change, text: 'Correct the config of the instance: it does not fit the plugin.' };
    case 'egress_denied':
      return { ...change, text: 'Correct the base URL, or grant the host to the plugin in plugins.json.' };
    case 'gone':
      return {
        ...check,
        text: 'Correct the base URL, or install a version of the plugin that knows this vendor version.',
      };
    case 'quarantined':
      return {
        ...check,
        text: "Look up the crashes in the host's log and install a version of the plugin without them; a run that ends well closes this.",
      };
  }
}

export function fixOfJob(id: string, stream: string, kind: string): Fix {
  const path = `${instancePath(id)}/sync-jobs/${encodeURIComponent(stream)}${kind === 'read' ? '' : `?kind=${kind}`}`;
  return { method: 'PATCH', path, text: 'Put the cause right, then switch the job on again: {"enabled":true}.' };
}

export function fixOfStream(plugin: string): Fix {
  return {
    method: 'GET',
    path: `/api/plugins/${encodeURIComponent(plugin)}/streams`,
    text: 'Install a version of the plugin that fits the table, or rename the table to have a new one made; then start the host again.',
  };
}

export function fixOfExpiry(id: string): Fix {
  return {
    method: 'POST',
    path: `${instancePath(id)}/check`,
    text: 'Renew it at the vendor; new credentials are set by a PATCH of the instance. The next check sees the new date.',
  };
}

export function fixOfImport(id: string): Fix {
  return {
    method: 'PATCH',
    path: instancePath(id),
    text: 'Set what is missing in the config of the instance, and switch it on: {"config":{…},"enabled":true}.',
  };
}

export function fixOfWithdrawal(plugin: string): Fix {
  return {
    method: 'GET',
    path: `/api/plugin-changes?plugin=${encodeURIComponent(plugin)}`,
    text: "Look up the faults in the host's log, report them to the plugin's author, and install a release without them.",
  };
}

/** Why a repair of this code is over, when nothing more is known. */
export function closedBecause(code: string): string {
  switch (code as RepairCode) {
    case 'auth_failed':
      return 'the vendor has accepted the credentials';
    case 'permission_denied':
    case 'config_invalid':
    case 'egress_denied':
    case 'gone':
      return 'the check fails no more, or for another reason';
    case 'quarantined':
      return 'the plugin has worked again';
    case 'sync_paused':
      return 'the job goes on';
    case 'stream_changed':
      return 'the table fits the plugin';
    case 'expires_soon':
      return 'its date has moved, or it is not there any more';
    case 'import_incomplete':
      return 'the instance was switched on';
    case 'release_withdrawn':
      return 'another release was installed';
  }
}

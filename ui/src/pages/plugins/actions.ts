// What can be done to a plugin, in words.
import type { Action, PluginChange } from '../../api/plugin-changes.ts';

interface Words {
  /** On the button that plans it. */
  readonly plan: string;
  /** On the button that does it. */
  readonly confirm: string;
  /** What will happen. */
  readonly means: string;
}

export const ACTIONS: Readonly<Record<Action, Words>> = {
  add: {
    plan: 'Add a plugin',
    confirm: 'Grant this and add it',
    means: 'It is tried out first, and becomes active on every host when it loads.',
  },
  upgrade: {
    plan: 'Upgrade',
    confirm: 'Grant this and upgrade',
    means:
      'The new version is tried out beside the old one: it must load, take the config of every instance along, and pass the check of every instance that works. Then it takes over; what is under way ends on the old version. A rise in faults brings the old version back.',
  },
  rollback: {
    plan: 'Roll back',
    confirm: 'Roll back',
    means: 'The earlier version is tried out like an upgrade, and the configs are taken back to its shape.',
  },
  enable: { plan: 'Enable', confirm: 'Enable', means: 'It is tried out, and becomes active on every host.' },
  disable: {
    plan: 'Disable',
    confirm: 'Disable',
    means:
      'Nothing of it runs any more, on any host. Its instances, rows and dashboards stay, and it can be enabled again.',
  },
  remove: {
    plan: 'Remove',
    confirm: 'Remove',
    means:
      'It goes from every host, and its instances, rows and widgets with it. All of it can be restored for a while.',
  },
  restore: {
    plan: 'Restore',
    confirm: 'Restore',
    means: 'The plugin comes back with everything that was removed with it.',
  },
  withdraw: {
    plan: 'Take back',
    confirm: 'Take back',
    means: 'The host has brought back the version before by itself.',
  },
};

/** What it is about: `Upgrade Jira 1.0.0 → 1.1.0`. */
export function titleOf({ action, displayName, from, to }: PluginChange): string {
  const versions = [...new Set([from?.version, to?.version])].filter((version) => version !== undefined);
  return `${action === 'add' ? 'Add' : ACTIONS[action].plan} ${displayName} ${versions.join(' → ')}`;
}

import type { PluginGrants } from '../store/index.ts';
import { type Action, ACTIONS } from './change-view.ts';

export interface ChangeRequest {
  readonly action: Action;
  /** All but `add` need it. */
  readonly plugin?: string;
  readonly source?: string;
  readonly integrity?: string;
  readonly version?: string;
  readonly isolation?: NonNullable<PluginGrants['isolation']>;
}

export const changeRequestSchema: object = {
  type: 'object',
  additionalProperties: false,
  required: ['action'],
  properties: {
    action: { enum: [...ACTIONS] },
    plugin: { type: 'string', maxLength: 100, description: 'Plugin name; all but add need it.' },
    source: {
      type: 'string',
      minLength: 1,
      maxLength: 2000,
      description:
        'For add and upgrade: an npm spec such as @acme/plugin-x@1.2.0, the URL of a tarball, or the integrity of an uploaded package.',
    },
    integrity: {
      type: 'string',
      pattern: '^sha512-[A-Za-z0-9+/]{86}==$',
      description: 'What the tarball must have. Needed for a URL without TLS.',
    },
    version: {
      type: 'string',
      maxLength: 64,
      description: 'For rollback: a version that is kept; the one before when it is left out.',
    },
    isolation: { enum: ['plugin', 'client', 'process'], description: "What the plugin's threads share." },
  },
};

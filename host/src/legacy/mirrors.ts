// What the rooms of the new shape write to while the old one is written too.
import type { ParametersMirror } from '../clients/index.ts';
import type { InstanceMirror } from '../instances/index.ts';
import type { WidgetMirror } from '../widgets/index.ts';
import { createMappingMirror } from './move/mapping-mirror.ts';
import { createInstanceMirror } from './move/mirror.ts';
import { createWidgetMirror } from './move/template-mirror.ts';
import type { InstalledPlugins } from './plugins.ts';

export interface LegacyMirrors {
  readonly instances: InstanceMirror;
  readonly parameters: ParametersMirror;
  readonly widgets: WidgetMirror;
}

export function createLegacyMirrors(plugins: InstalledPlugins): LegacyMirrors {
  return {
    instances: createInstanceMirror(plugins),
    parameters: createMappingMirror(plugins),
    widgets: createWidgetMirror(plugins),
  };
}

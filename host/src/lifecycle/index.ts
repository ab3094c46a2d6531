export { createActivePlugins, type ActivePlugins } from './active-plugins.ts';
export type { PluginVersionView } from './package-routes.ts';
export type { InstanceReport, PluginChange } from './change-view.ts';
export type { HostView } from './host-rows.ts';
export type { RegistrySettings } from './package-source.ts';
export type { PluginDetails, PluginSummary } from './plugin-routes.ts';
export type { PluginStatus } from './plugin-status.ts';
export { createLifecycle, type Lifecycle } from './room.ts';

export { startHost, type Host, type HostOptions } from './host.ts';
export { defaultLimits, type Limits } from './limits.ts';

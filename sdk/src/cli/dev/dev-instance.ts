// The instance that `dev` makes at the plugin's vendor, so that there is something to ask.
import { HostRefusal, putInstance, type HostApi } from './host-api.ts';
import type { DevVendor } from './dev-vendor.ts';

export const DEV_INSTANCE = 'dev';

export interface DevInstance {
  /** Made, and not removed since. */
  isThere(): boolean;
  /** Makes it, or gives it the vendor's config. One that does not fit the plugin is said, and the instance is left for the app. */
  put(plugin: string): Promise<void>;
  /** With the rows that it has read, if it is the only one: of others nobody knows the config. @returns whether it did. */
  removeAlone(plugin: string): Promise<boolean>;
}

export function createDevInstance(api: HostApi, vendor: DevVendor, print: (line: string) => void): DevInstance {
  let isMade = false;
  return {
    isThere: () => isMade,
    async put(plugin) {
      const config = await vendor.config();
      if (config === undefined) return;
      try {
        await putInstance(api, plugin, DEV_INSTANCE, config);
        isMade = true;
      } catch (error) {
        if (!(error instanceof HostRefusal)) throw error;
        print(`the instance "${DEV_INSTANCE}" could not be made: ${error.message}`);
      }
    },
    async removeAlone(plugin) {
      const { instances } = await api.get<{ instances: { id: string }[] }>(`/api/instances?plugin=${plugin}`);
      if (instances.length !== 1 || instances[0]?.id !== DEV_INSTANCE) return false;
      await api.send('DELETE', `/api/instances/${DEV_INSTANCE}`, undefined);
      isMade = false;
      return true;
    },
  };
}

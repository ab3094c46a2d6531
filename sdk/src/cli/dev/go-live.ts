// Makes what has been built what the host runs.
import type { Draft } from '../../build/draft.ts';
import { CommandError } from '../command-error.ts';
import type { DevInstance } from './dev-instance.ts';
import { refusalOf, type PluginState, type ProjectHost } from './project-host.ts';

/** `said`: what the host says when it has seen it. @throws CommandError why it does not run it; then `before`, if there is one, goes on. */
export type GoLive = (next: Draft, before: Draft | undefined, said: readonly PluginState[]) => Promise<void>;

export function createGoLive(parts: {
  readonly host: Pick<ProjectHost, 'followFile'>;
  readonly instance: DevInstance;
  readonly print: (line: string) => void;
}): GoLive {
  const { host, instance, print } = parts;
  return async (next, before, said) => {
    const { name, version } = next.manifest;
    const old = before?.manifest.name ?? name;
    let refusal = refusalOf(said, version);
    // Its config may be what cannot go along: it is the vendor's, and made anew.
    if (refusal !== undefined && (await instance.removeAlone(old))) {
      const again = refusalOf(await host.followFile(), version);
      if (again === undefined) print(`the instance "dev" is made anew: ${refusal}`);
      refusal = again;
    }
    if (!instance.isThere()) await instance.put(refusal === undefined ? name : old);
    if (refusal !== undefined) throw new CommandError(`the host refuses the plugin: ${refusal}`);
  };
}

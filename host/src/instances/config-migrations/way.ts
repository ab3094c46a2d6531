// Which version's code takes a config from where it is to where it shall be. Each version knows the steps up to its own.
import { Problem } from '../../errors.ts';
import type { PluginVersion } from '../../kernel/index.ts';

export interface Versions {
  /** The version that is active; undefined when there is none. */
  readonly from: PluginVersion | undefined;
  readonly to: PluginVersion;
}

/** @throws Problem `conflict` when neither version has every step. */
export function codeFor(start: number, { from, to }: Versions): PluginVersion {
  const end = to.manifest.configVersion;
  const [low, high] = start < end ? [start, end] : [end, start];
  const knows = ({ manifest: { migrations = [] } }: PluginVersion): boolean =>
    Array.from({ length: high - low }, (_, index) => low + index).every((version) =>
      migrations.some((step) => step.from === version),
    );
  const found = (start < end ? [to] : [from, to]).find((version) => version !== undefined && knows(version));
  if (found !== undefined) return found;
  const { name, version } = (start < end ? to : (from ?? to)).manifest;
  throw new Problem('conflict', `plugin "${name}" ${version} cannot take a config from version ${start} to ${end}`, {
    next: 'Take a release that has the migrations in between, or change the instance by hand.',
    plugin: name,
  });
}

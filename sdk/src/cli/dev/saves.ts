// What is saved replaces what runs, one save after the other. What does not build or is refused is said, and nothing has changed.
import { BuildError } from '../../build/build-error.ts';
import type { Draft } from '../../build/draft.ts';
import type { DevInstance } from './dev-instance.ts';
import type { DevPackage } from './dev-package.ts';
import type { DevVendor } from './dev-vendor.ts';
import type { GoLive } from './go-live.ts';
import type { ProjectHost } from './project-host.ts';
import type { RequestLog } from './request-log.ts';
import { watchFiles } from './watch.ts';

export function followSaves(parts: {
  readonly root: string;
  /** What runs. */
  readonly draft: Draft;
  readonly source: DevPackage;
  readonly host: Pick<ProjectHost, 'followFile'>;
  readonly goLive: GoLive;
  readonly vendor: DevVendor;
  readonly instance: DevInstance;
  readonly log: RequestLog;
  readonly print: (line: string) => void;
}): AsyncDisposable {
  const { root, source, host, goLive, vendor, instance, log, print } = parts;
  let { draft } = parts;
  let work: Promise<void> = Promise.resolve();
  const inTurn = (what: () => Promise<void>): Promise<void> =>
    (work = work.then(what).catch((error: unknown) => say(error, print)));

  const reload = async (savedAt: number): Promise<void> => {
    const next = await source.build();
    if (sameCode(next, draft)) return;
    log.runs(next.code);
    try {
      await goLive(next, draft, await host.followFile());
    } catch (error) {
      log.runs(draft.code);
      throw error;
    }
    draft = next;
    sources.follow(filesOf(draft));
    print(`reloaded in ${Math.round(performance.now() - savedAt)} ms`);
  };
  const renew = async (): Promise<void> => {
    await vendor.renew();
    await instance.put(draft.manifest.name);
  };

  const sources = watchFiles(root, (savedAt) => void inTurn(() => reload(savedAt)));
  sources.follow(filesOf(draft));
  const vendors = watchFiles(root, () => void inTurn(renew));
  vendors.follow(vendor.files);
  // Until now nobody watched: a host takes seconds to start, and what was saved meanwhile is live, too.
  void inTurn(() => reload(performance.now()));
  return {
    async [Symbol.asyncDispose]() {
      sources[Symbol.dispose]();
      vendors[Symbol.dispose]();
      await work;
    },
  };
}

/** What it was made of; a new file may be what an import that fails is waiting for, and it is written beside one of these. */
function filesOf({ parts }: Draft): string[] {
  return [
    'package.json',
    ...[...parts.keys()].filter((file) => !file.includes('node_modules/') && !file.startsWith('../')),
  ];
}

function sameCode(one: Draft, other: Draft): boolean {
  return Buffer.from(one.bytes).equals(other.bytes) && one.manifestText === other.manifestText;
}

function say(error: unknown, print: (line: string) => void): void {
  const lines = error instanceof BuildError ? error.faults : [error instanceof Error ? error.message : String(error)];
  for (const line of lines) print(line);
  print('the version before goes on');
}

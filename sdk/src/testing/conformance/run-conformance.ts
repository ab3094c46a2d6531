// Tries a plugin, item by item, and grades it.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConformanceItem, ConformanceReport } from '@jackfield/schemas';
import { BuildError } from '../../build/build-error.ts';
import { sdkVersion } from '../../build/sdk-version.ts';
import { openPlugin } from '../open-plugin.ts';
import { busy, failing, hanging, malformed, staysWithin, stops } from './fault-items.ts';
import { acceptsPrevious, refusesConfigs, resumes, sameRows, survivesFutureCursors } from './honest-items.ts';
import { type Grade, GRADES, type ItemId, ITEMS } from './items.ts';
import type { ConformanceSetup } from './setup.ts';
import type { Trial } from './trial.ts';
import { VendorSwitch } from './vendor-switch.ts';
import { connects, queriesAnswer, streamsRead } from './working-items.ts';

/** How an item went. */
export interface ItemResult extends ConformanceItem {
  readonly id: ItemId;
}

/** Fewer characters say nothing. */
const REASON_CHARACTERS = 20;
const SETUP_FILES = ['test/conformance.ts', 'test/conformance.js', 'test/conformance.mjs'];

/** The setup of the package in `folder`. @throws BuildError that says what to write. */
export async function loadSetup(folder: string): Promise<ConformanceSetup> {
  const file = SETUP_FILES.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined) {
    throw new BuildError([
      { message: `${folder} has no test/conformance.ts: export default defineConformance({ … }) from it` },
    ]);
  }
  const { default: setup }: { default?: ConformanceSetup } = await import(pathToFileURL(file).href);
  if (typeof setup?.start !== 'function' || setup.previous === undefined) {
    throw new BuildError([{ message: `${file} must export default defineConformance({ start, previous, … })` }]);
  }
  return setup;
}

/**
 * Tries the plugin in `folder`. `onItem` hears of each item when it is done.
 * @throws Error when an item is skipped without a reason, BuildError when the plugin cannot be built.
 */
export async function runConformance(
  folder: string,
  given?: ConformanceSetup,
  onItem: (item: ItemResult) => void = () => undefined,
): Promise<ConformanceReport> {
  const root = resolve(folder);
  const setup = given ?? (await loadSetup(root));
  assertReasons(setup);
  await using started = new AsyncDisposableStack();
  const { config, vendor, ...rest } = await setup.start();
  started.defer(async () => rest[Symbol.asyncDispose]?.());
  const behaving = new VendorSwitch(vendor);
  const denials = new Set<string>();
  const plugin = await openPlugin(root, {
    config,
    vendor: behaving.answer,
    ...(setup.now === undefined ? {} : { now: setup.now }),
    onLog: ({ level, message }) => {
      if (level === 'warn' && message.startsWith('egress denied')) denials.add(message);
    },
  });
  started.use(plugin);
  const { manifest } = plugin;
  const trial: Trial = {
    plugin,
    manifest,
    setup,
    config,
    vendor: behaving,
    working: new Map(),
    reads: new Map(),
    denials,
  };
  const items = await tryAll(trial, root, onItem);
  const { name, version, bundle } = manifest;
  return { plugin: name, version, grade: gradeOf(items), bundle: { sha256: bundle.sha256 }, sdk: sdkVersion, items };
}

/** Writes `conformance.json` into the package. @returns its path. */
export async function writeReport(folder: string, report: ConformanceReport): Promise<string> {
  const file = join(resolve(folder), 'conformance.json');
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
  return file;
}

async function tryAll(trial: Trial, root: string, onItem: (item: ItemResult) => void): Promise<ItemResult[]> {
  const tries: Readonly<Record<ItemId, (trial: Trial) => Promise<string[]>>> = {
    manifest: async () => [],
    connects,
    queries: queriesAnswer,
    streams: streamsRead,
    'refuses-config': refusesConfigs,
    'same-rows': sameRows,
    resumes,
    'future-cursor': survivesFutureCursors,
    'previous-config': acceptsPrevious(root),
    busy,
    failing,
    hanging,
    malformed,
    stops,
    egress: staysWithin,
  };
  const results: ItemResult[] = [];
  for (const [id, { grade }] of Object.entries(ITEMS) as [ItemId, { grade: Grade }][]) {
    const reason = trial.setup.skip?.[id];
    const faults = reason === undefined ? await tries[id](trial) : [];
    const because = reason === undefined ? faults : [reason];
    const outcome = reason !== undefined ? 'skipped' : faults.length > 0 ? 'failed' : 'passed';
    const result: ItemResult = { id, grade, outcome, ...(because.length > 0 ? { because } : {}) };
    results.push(result);
    onItem(result);
  }
  return results;
}

function gradeOf(items: readonly ItemResult[]): Grade | null {
  const failed = GRADES.findIndex((grade) => items.some((item) => item.grade === grade && item.outcome === 'failed'));
  return (failed < 0 ? GRADES.at(-1) : GRADES[failed - 1]) ?? null;
}

function assertReasons({ skip = {}, placeless = {} }: ConformanceSetup): void {
  const unknown = Object.keys(skip).find((id) => !Object.hasOwn(ITEMS, id));
  if (unknown !== undefined) {
    throw new Error(`skip names "${unknown}", which is no item (${Object.keys(ITEMS).join(', ')})`);
  }
  for (const [id, reason] of [...Object.entries(skip), ...Object.entries(placeless)]) {
    if (typeof reason === 'string' && reason.trim().length >= REASON_CHARACTERS) continue;
    throw new Error(
      `skip: "${id}" needs a reason of at least ${REASON_CHARACTERS} characters, for whoever reads the grade`,
    );
  }
}

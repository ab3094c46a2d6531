// The kernel's one typed hooks object. Features are taps: a new kind of contribution taps `contribute` and edits nothing here.
import type { HostManifestEntry, PluginManifest } from '@jackfield/schemas';
import { AsyncParallelHook, AsyncSeriesBailHook, AsyncSeriesHook, AsyncSeriesWaterfallHook, HookMap } from 'tapable';

/** A plugin package as found, before anything in it is trusted. */
export interface Candidate {
  readonly entry: HostManifestEntry;
  /** Folder that holds plugin.json and plugin.js. */
  readonly folder: string;
  /** Bytes whose integrity the host manifest may pin: the tarball, or plugin.json of a folder. */
  readonly pinned: Uint8Array;
  /** plugin.json as parsed, not yet checked. */
  readonly manifest: unknown;
  /** Version in package.json, when the package has one. */
  readonly packageVersion: string | undefined;
  /** What the package says that its author's conformance suite has found. */
  readonly grade?: 'bronze' | 'silver' | 'gold' | undefined;
  /** The package as an npm tarball: ask when it is verified. */
  tarball(): Promise<Buffer>;
}

/** Why a candidate is not trusted. */
export interface Refusal {
  readonly reason: string;
  /** JSON pointer into plugin.json or the host manifest, where there is one. */
  readonly pointer?: string;
}

/** A verified plugin version: what every room works with. */
export interface PluginVersion {
  readonly manifest: PluginManifest;
  readonly package: string;
  /** The verified copy of the bundle, named by its hash. */
  readonly bundleFile: string;
  /** Hosts beside the base URL that are asked for and granted. */
  readonly hosts: readonly string[];
  /** Memory of one thread in MB, when more than the default is asked for and granted. */
  readonly memoryMb: number | undefined;
  /** What its threads share: with nobody but its own instances, with those of one client, or a process with no other plugin. */
  readonly isolation: Isolation;
  /** What the package says that its author's conformance suite has found. */
  readonly grade?: 'bronze' | 'silver' | 'gold' | undefined;
}

export type Isolation = NonNullable<HostManifestEntry['isolation']>;

/** One entry of the host manifest on its way through `discover`. */
export interface Discovered {
  readonly entry: HostManifestEntry;
  /** Folder of the host manifest; paths in the entry are relative to it. */
  readonly base: string;
  /** Set by the catalog source that knows this kind of entry. */
  readonly open?: () => Promise<Candidate>;
}

export type ContributionKind = 'queries' | 'streams' | 'routes' | 'widgets' | 'jobs' | 'auth';

export interface ContributionChange {
  readonly plugin: PluginVersion;
  readonly active: boolean;
  /** It is inactive because another version of the plugin is active already. */
  readonly replaced?: boolean;
}

export type InstanceEventKind = 'created' | 'updated' | 'deleted' | 'enabled' | 'disabled';

export interface InstanceEvent {
  readonly kind: InstanceEventKind;
  readonly id: string;
  readonly plugin: string;
}

/** One execution of a query, sync job, check or route. */
export interface RunInfo {
  readonly runId: string;
  readonly plugin: string;
  readonly version: string;
  readonly instanceId: string;
  /** Of the instance: what a run finds out about it may be about an earlier one. */
  readonly revision: number;
  readonly kind: 'query' | 'check' | 'stream' | 'route' | 'job';
  /** Id of the contribution; empty for a check. */
  readonly contribution: string;
}

export interface RunReport {
  readonly ok: boolean;
  /** Error code of a run that failed. */
  readonly code?: string;
  /** What it says; without secrets. */
  readonly detail?: string;
  /** How long the vendor wants to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly rows: number;
  readonly elapsedMs: number;
  readonly vendorCalls: number;
  /** Milliseconds in which its calls waited for the vendor's limits, added up. */
  readonly vendorWaitMs: number;
}

/** A plugin that crashes again and again on an instance is paused there, on this host. */
export interface CircuitEvent {
  readonly plugin: string;
  readonly version: string;
  readonly instanceId: string;
  /** How long nothing of it runs, in milliseconds; null: it has worked again. */
  readonly pausedForMs: number | null;
}

/** Filled by every part that can be unwell; a part that is well adds nothing. */
export interface HealthReport {
  readonly problems: { part: string; detail: string }[];
}

export interface Hooks {
  /** The host manifest is read: catalog sources say how each entry is opened. */
  readonly discover: AsyncSeriesWaterfallHook<[readonly Discovered[]]>;
  /** A package is about to be trusted: the first refusal ends it. */
  readonly verify: AsyncSeriesBailHook<[Candidate], Refusal | undefined>;
  /** A plugin version becomes active or inactive, once per kind of contribution. */
  readonly contribute: HookMap<AsyncSeriesHook<[ContributionChange]>>;
  /** An instance was created, updated, deleted, enabled or disabled. */
  readonly instance: AsyncSeriesHook<[InstanceEvent]>;
  /** Before every run: the first error thrown or returned ends it. */
  readonly beforeRun: AsyncSeriesBailHook<[RunInfo], Error | undefined>;
  /** After every run, whatever came of it. */
  readonly afterRun: AsyncParallelHook<[RunInfo, RunReport]>;
  /** A plugin is paused on an instance, once more perhaps, or has worked again. */
  readonly circuit: AsyncParallelHook<[CircuitEvent]>;
  /** Readiness is asked. */
  readonly health: AsyncParallelHook<[HealthReport]>;
  /** The host stops: taps run in the order they were made, edge first. */
  readonly shutdown: AsyncSeriesHook<[]>;
}

export function createHooks(): Hooks {
  return Object.freeze({
    discover: new AsyncSeriesWaterfallHook<[readonly Discovered[]]>(['found']),
    verify: new AsyncSeriesBailHook<[Candidate], Refusal | undefined>(['candidate']),
    contribute: new HookMap<AsyncSeriesHook<[ContributionChange]>>(() => new AsyncSeriesHook(['change'])),
    instance: new AsyncSeriesHook<[InstanceEvent]>(['event']),
    beforeRun: new AsyncSeriesBailHook<[RunInfo], Error | undefined>(['run']),
    afterRun: new AsyncParallelHook<[RunInfo, RunReport]>(['run', 'report']),
    circuit: new AsyncParallelHook<[CircuitEvent]>(['event']),
    health: new AsyncParallelHook<[HealthReport]>(['report']),
    shutdown: new AsyncSeriesHook<[]>(),
  });
}

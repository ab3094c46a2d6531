// For tests of plugins, with vitest, node:test or any other runner. Needs the package `@jackfield/host`, whose sandbox it is.
export type { ConformanceItem, ConformanceReport } from '@jackfield/schemas';
export { BuildError } from '../build/build-error.ts';
export type {
  Bench,
  BenchChunk,
  BenchDelivered,
  BenchDelivery,
  BenchInstance,
  BenchLog,
  BenchOptions,
  BenchProblem,
  BenchResult,
  BenchRun,
  BenchVendor,
  OpenBench,
} from './bench.ts';
export { loadSetup, runConformance, writeReport, type ItemResult } from './conformance/run-conformance.ts';
export { GRADES, ITEMS, type Grade, type ItemId } from './conformance/items.ts';
export { defineConformance, type ConformanceSetup, type ConformanceVendor } from './conformance/setup.ts';
export { assertMigrationsReverse, type MigrationTestOptions } from './migrations.ts';
export { openPlugin, type OpenedPlugin, type OpenOptions } from './open-plugin.ts';
export type {
  CheckAnswer,
  OpenedInstance,
  OpenedStream,
  QueryAnswer,
  RouteCall,
  RouteResult,
} from './opened-instance.ts';
export { PluginError } from './plugin-error.ts';
export type { StreamRead, StreamStep } from './read.ts';
export type { RunFacts, Running } from './run.ts';
export type { VendorFunction } from './stand-in.ts';

export { createLegacyMirrors, type LegacyMirrors } from './mirrors.ts';
export type { InstalledPlugins } from './plugins.ts';
export type { CallerView } from './api/callers.ts';
export type { MoveView } from './move/steps.ts';
export { createLegacyRoom, type LegacyParts, type LegacyRoom } from './room.ts';
export { MASK } from './rows.ts';
export type {
  LegacyMode,
  LegacyTable,
  LinkRow,
  MappingRow,
  QuarantineRow,
  SystemInstanceRow,
  SystemRow,
  TemplateRow,
} from './rows.ts';
export { createLegacyImport } from './import/room.ts';
export type { ImportLine, ImportReport } from './import/import.ts';
export type { ScrubReport } from './import/scrub.ts';
export type { Difference, ParityReport } from './parity-report.ts';

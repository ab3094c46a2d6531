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
export type { Difference, Parity, ParityReport } from './parity-report.ts';

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

// What the API answers, as types, for programs in TypeScript that ask it: the app does.
export type { AuditEntry, AuditVerdict, EmbedView, SessionView, TokenView, UserView } from './access/index.ts';
export type { ClientParameters, ClientView, ContractView, ImportReport } from './clients/index.ts';
export type { CheckReport, HealthView, RepairView } from './health/index.ts';
export type { InstanceView, LimitsView } from './instances/index.ts';
export type { CallerView, Difference, MoveView } from './legacy/index.ts';
export type { HostView, PluginChange, PluginDetails, PluginSummary, PluginVersionView } from './lifecycle/index.ts';
export type { QuerySummary } from './queries/index.ts';
export type { ReminderView } from './reminders/index.ts';
export type { Role } from './roles.ts';
export type { CursorView, RunView, StreamStatus, SyncJobView } from './sync/index.ts';
export type { DashboardSummary, DashboardView, TemplateView, WidgetView } from './widgets/index.ts';

export type { DashboardView } from './dashboards.ts';
export { createWidgetRoom, type WidgetRoomParts } from './room.ts';
export type { WidgetView } from './view.ts';
export { sourceErrors } from './validity.ts';
export { GRID, type WidgetSettings } from './input.ts';
export { deleteWidget, insertWidget, readWidgets, replaceWidget, type Widget } from './rows.ts';
export { insertDashboard, lockDashboard, readDashboards, updateDashboard } from './dashboard-rows.ts';
export { effectiveWidget } from './effective.ts';
export type { WidgetMirror, WidgetWrite } from './mirror.ts';

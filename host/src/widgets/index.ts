export type { DashboardView } from './dashboards.ts';
export { createWidgetRoom, type WidgetRoomParts } from './room.ts';
export type { WidgetView } from './view.ts';

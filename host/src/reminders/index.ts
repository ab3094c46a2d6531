export { createReminders } from './reminders.ts';
export type { Reminders, RemindersParts } from './reminders.ts';
export type { TickReport } from './tick.ts';
export type { ReminderFilter, ReminderState, ReminderView } from './listing.ts';
export { reminderRoutes } from './routes.ts';

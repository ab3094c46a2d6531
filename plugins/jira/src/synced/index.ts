// Queries over synced tickets and worklogs: no call to Jira, and one statement for all of its instances.
import { ageing } from './ageing.ts';
import { flowPerDay } from './flow-per-day.ts';
import { openByClient } from './open-by-client.ts';
import { timeLogged } from './time-logged.ts';
import { timeToResolve } from './time-to-resolve.ts';

export const syncedQueries = {
  open_by_client: openByClient,
  flow_per_day: flowPerDay,
  time_to_resolve: timeToResolve,
  ageing,
  time_logged: timeLogged,
};

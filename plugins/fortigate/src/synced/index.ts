// Queries over synced rows: they cost the devices nothing, and one statement answers for the whole fleet.
import { busiestPolicies, idlePolicies } from './policies.ts';
import { firmware, licencesExpiring } from './fleet.ts';
import { trafficPerHour, tunnelStates } from './lines.ts';

export const syncedQueries = {
  tunnel_states: tunnelStates,
  licences_expiring: licencesExpiring,
  firmware,
  busiest_policies: busiestPolicies,
  idle_policies: idlePolicies,
  traffic_per_hour: trafficPerHour,
};

// Every migration in order. A released one never changes and there is no way down: a mistake is corrected by the next one.
import type { Migration } from 'kysely/migration';
import { instances } from './0001-instances.ts';
import { apiTokens } from './0002-api-tokens.ts';
import { clients } from './0003-clients.ts';
import { streams } from './0004-streams.ts';
import { widgets } from './0005-widgets.ts';
import { reminders } from './0006-reminders.ts';
import { syncJobs } from './0007-sync-jobs.ts';
import { widgetRights } from './0009-widget-rights.ts';
import { lastReads } from './0010-last-reads.ts';
import { health } from './0011-health.ts';
import { instanceLimits } from './0012-instance-limits.ts';
import { audit } from './0013-audit.ts';
import { tokenScopes } from './0014-token-scopes.ts';
import { dataKeys } from './0015-data-keys.ts';
import { people } from './0016-people.ts';
import { embeds } from './0017-embeds.ts';
import { keyRotations } from './0018-key-rotations.ts';
import { auditCuts } from './0019-audit-cuts.ts';
import { legacy } from './0020-legacy.ts';
import { liveEvents } from './0021-live-events.ts';
import { legacyImport } from './0022-legacy-import.ts';
import { legacySunset } from './0023-legacy-sunset.ts';
import { legacyNames } from './0024-legacy-names.ts';
import { plugins } from './0025-plugins.ts';
import { legacyCopies } from './0026-legacy-copies.ts';
import { legacySource } from './0027-legacy-source.ts';

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-instances': instances,
  '0002-api-tokens': apiTokens,
  '0003-clients': clients,
  '0004-streams': streams,
  '0005-widgets': widgets,
  '0006-reminders': reminders,
  '0007-sync-jobs': syncJobs,
  '0009-widget-rights': widgetRights,
  '0010-last-reads': lastReads,
  '0011-health': health,
  '0012-instance-limits': instanceLimits,
  '0013-audit': audit,
  '0014-token-scopes': tokenScopes,
  '0015-data-keys': dataKeys,
  '0016-people': people,
  '0017-embeds': embeds,
  '0018-key-rotations': keyRotations,
  '0019-audit-cuts': auditCuts,
  '0020-legacy': legacy,
  '0021-live-events': liveEvents,
  '0022-legacy-import': legacyImport,
  '0023-legacy-sunset': legacySunset,
  '0024-legacy-names': legacyNames,
  '0025-plugins': plugins,
  '0026-legacy-copies': legacyCopies,
  '0027-legacy-source': legacySource,
};

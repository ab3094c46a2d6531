import { VendorError } from '@jackfield/sdk';
import { complaining } from '../complaint.ts';
import { job, type JiraContext } from '../config.ts';
import { deploymentOf } from '../deployment.ts';
import { createReminder, markerOf } from './reminder-issue.ts';
import { findReminder } from './reminder-search.ts';

/**
 * One issue per key, whatever becomes of answers. Jira knows no idempotent creation, so the key travels as a label, and what was
 * created is looked for where it shows at once: the search index lags behind, reading issues by their keys does not.
 */
export const contractReminders = job({
  title: 'Contract reminders',
  description: 'An issue in the project of reminders 90, 60, 30, 14, 7 and 1 days before a contract ends.',
  trigger: 'contractEnding',
  daysBefore: [90, 60, 30, 14, 7, 1],
  requires: ['reminderProject'],
  async run(ctx, event) {
    const project = projectOf(ctx);
    const marker = await markerOf(event.key);
    // What Jira does not take is the project, the issue type or a label: all of them are config.
    const jira = complaining(ctx, 'config_invalid', `Jira takes no reminder in ${project}`);
    const found = await findReminder(jira, project, marker);
    const key = found ?? (await createReminder(jira, { project, marker, event }));
    const { siteUrl } = await deploymentOf(ctx);
    return { reference: key, url: `${siteUrl}/browse/${encodeURIComponent(key)}`, created: found === undefined };
  },
});

function projectOf(ctx: JiraContext): string {
  const { reminderProject } = ctx.config;
  if (reminderProject !== undefined) return reminderProject;
  throw new VendorError(
    'config_invalid',
    'reminderProject must be the key of the project that reminders are created in',
  );
}

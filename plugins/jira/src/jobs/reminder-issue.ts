// What a reminder looks like, with rich text in the two ways Jira wants it.
import { readJson, type ContractEnding } from '@jackfield/sdk';
import type { JiraContext } from '../config.ts';
import { deploymentOf, type Deployment } from '../deployment.ts';
import { partOf } from '../issue.ts';
import { badResponse, send } from '../request.ts';

export interface Reminder {
  readonly project: string;
  readonly marker: string;
  readonly event: ContractEnding;
}

/** The label that stands for a key: one word, lower case, and the same for ever. */
export async function markerOf(key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)));
  return `jackfield-${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, 32)}`;
}

/**
 * Creates the issue and returns its key. After any failure but a 400 the issue may exist.
 */
export async function createReminder(ctx: JiraContext, reminder: Reminder): Promise<string> {
  const { kind } = await deploymentOf(ctx);
  const path = kind === 'cloud' ? '/rest/api/3/issue' : '/rest/api/2/issue';
  const response = await send(ctx, path, { fields: fieldsOf(ctx, kind, reminder) });
  const key = partOf(await readJson(response), 'key');
  if (key === null) throw badResponse(path, 'answered no key');
  return key;
}

function fieldsOf(ctx: JiraContext, kind: Deployment['kind'], { project, marker, event }: Reminder): object {
  const { reminderIssueType, reminderLabels = [] } = ctx.config;
  const lines = linesOf(event);
  return {
    project: { key: project },
    issuetype: { name: reminderIssueType },
    summary: summaryOf(event),
    description: kind === 'cloud' ? toDocument(lines) : lines.map(toWiki).join('\n'),
    labels: [...new Set([marker, ...reminderLabels])],
  };
}

/** As long as Jira's summary may be. */
const LONGEST_SUMMARY = 255;

function summaryOf({ contract, client, daysLeft }: ContractEnding): string {
  const end = `ends on ${contract.endsOn} (${daysText(daysLeft)})`;
  const name = inOneLine(`Contract "${contract.name}" of ${client.name}`);
  const room = LONGEST_SUMMARY - end.length - 1;
  return `${name.length > room ? `${name.slice(0, room - 1).toWellFormed()}…` : name} ${end}`;
}

function linesOf({ contract, client, daysLeft, key }: ContractEnding): string[] {
  return [
    `Client: ${client.name}`,
    `Contract: ${contract.name}`,
    ...(contract.reference === null ? [] : [`Reference: ${contract.reference}`]),
    `Ends on: ${contract.endsOn} (${daysText(daysLeft)})`,
    `Reminder: ${key}`,
  ].map(inOneLine);
}

/** A reminder that is caught up late may be about a contract that has ended. */
function daysText(daysLeft: number): string {
  if (daysLeft < 0) return 'has ended';
  if (daysLeft === 0) return 'today';
  return daysLeft === 1 ? '1 day left' : `${daysLeft} days left`;
}

function inOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

function toDocument(lines: readonly string[]): object {
  return {
    version: 1,
    type: 'doc',
    content: lines.map((text) => ({ type: 'paragraph', content: [{ type: 'text', text }] })),
  };
}

/** Names may hold what wiki markup takes for a link, a macro or a mention. */
function toWiki(text: string): string {
  return text.replace(/[\\{}[\]!*_~^+|]/g, String.raw`\$&`);
}

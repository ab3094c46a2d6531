// Creating an issue: as strict as a site with the usual screens, and as unreliable as its faults say.
import { htmlPage, type Answer, type Call } from './answer.ts';
import { isRecord, isTexts, textIn } from './body.ts';
import { ISSUE_TYPES } from './projects.ts';
import type { SimText } from './rich-text.ts';
import type { Site } from './site.ts';

const ON_SCREEN = ['project', 'issuetype', 'summary', 'description', 'labels'];

export function createIssue(site: Site, { body }: Call): Answer {
  const fields = isRecord(body) ? body.fields : undefined;
  if (!isRecord(fields)) return refused({ fields: 'one of "fields" or "update" required' });
  const errors = complaints(site, fields);
  if (Object.keys(errors).length > 0) return refused(errors);
  const { id, key } = site.changes.create(textIn(recordIn(fields, 'project'), 'key'), {
    type: textIn(recordIn(fields, 'issuetype'), 'name'),
    summary: textIn(fields, 'summary'),
    description: textOf(fields.description),
    labels: isTexts(fields.labels) ? fields.labels : [],
    reporter: { id: 'service-account', displayName: 'Dashboard Reader' },
  });
  if (site.faults.has('lost-answer')) return { status: 201, lost: true };
  if (site.faults.has('late-504')) return htmlPage(504, 'Gateway Time-out');
  const api = site.deployment === 'cloud' ? '3' : '2';
  return { status: 201, json: { id, key, self: `${site.url}/rest/api/${api}/issue/${id}` } };
}

function complaints(site: Site, fields: Record<string, unknown>): Record<string, string> {
  const { summary, description, labels } = fields;
  const errors: Record<string, string> = {};
  const screen = site.faults.has('no-labels-screen') ? ON_SCREEN.filter((name) => name !== 'labels') : ON_SCREEN;
  for (const name of Object.keys(fields)) {
    if (screen.includes(name)) continue;
    errors[name] = `Field '${name}' cannot be set. It is not on the appropriate screen, or unknown.`;
  }
  const project = textIn(recordIn(fields, 'project'), 'key');
  if (!site.projects.some(({ key, state }) => key === project && state === 'live')) {
    errors.project = 'valid project is required';
  }
  if (!ISSUE_TYPES.includes(textIn(recordIn(fields, 'issuetype'), 'name'))) {
    errors.issuetype = 'Specify a valid issue type';
  }
  if (typeof summary !== 'string' || summary.trim() === '') {
    errors.summary = 'You must specify a summary of the issue.';
  } else if (summary.length > 255) errors.summary = 'Summary must be less than 255 characters.';
  else if (/[\r\n]/.test(summary)) errors.summary = 'The summary is invalid because it contains newline characters.';
  const isRich =
    site.deployment === 'cloud' ? isRecord(description) && description.type === 'doc' : isText(description);
  if (description !== undefined && !isRich) {
    errors.description =
      site.deployment === 'cloud'
        ? 'Operation value must be an Atlassian Document (see the Atlassian Document Format)'
        : 'Operation value must be a string';
  }
  if (labels !== undefined && !(isTexts(labels) && labels.every((label) => /^\S{1,255}$/.test(label)))) {
    errors.labels = 'A label contains spaces which is invalid.';
  }
  return errors;
}

function refused(errors: Record<string, string>): Answer {
  return { status: 400, json: { errorMessages: [], errors } };
}

function recordIn(fields: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = fields[name];
  return isRecord(value) ? value : {};
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** Paragraphs of text are all that is created here. */
function textOf(description: unknown): SimText | null {
  if (typeof description === 'string') return { paragraphs: description.split('\n'), points: [] };
  const blocks = isRecord(description) && Array.isArray(description.content) ? description.content : [];
  const paragraphs = blocks.map((block: unknown) => {
    const content = isRecord(block) && Array.isArray(block.content) ? block.content : [];
    return content.map((node: unknown) => (isRecord(node) ? textIn(node, 'text') : '')).join('');
  });
  return paragraphs.length === 0 ? null : { paragraphs, points: [] };
}

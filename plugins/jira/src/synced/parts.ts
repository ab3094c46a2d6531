// What several synced queries share.
import { param } from '../config.ts';

/** Statuses and their categories have names in the language of the account; a resolution date is one everywhere. */
export const UNRESOLVED = { column: 'resolved', op: 'null' } as const;

export const projectParam = {
  ...param.projects,
  minItems: 1,
  description: 'Project keys; left out, all projects that are synced.',
} as const;

export const inProjects = { column: 'project', op: 'in', param: 'projects' } as const;

export const daysParam = {
  type: 'integer',
  minimum: 1,
  maximum: 366,
  default: 30,
  title: 'Days back, today included',
} as const;

// What a site is made of beside its issues: projects, statuses, people.

/** `deleted` is Jira's trash, from which a project can be taken back. */
export const PROJECT_STATES = ['live', 'archived', 'deleted'] as const;
export type ProjectState = (typeof PROJECT_STATES)[number];

export interface SimProject {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly type: 'service_desk' | 'software';
  state: ProjectState;
  /** When it was archived or deleted. */
  stateSince: number | null;
}
export interface SimStatus {
  readonly id: string;
  readonly name: string;
  readonly category: { readonly id: number; readonly key: string; readonly colorName: string; readonly name: string };
}
export interface SimPerson {
  readonly id: string;
  readonly displayName: string;
}

const TO_DO = { id: 2, key: 'new', colorName: 'blue-gray', name: 'To Do' };
const IN_PROGRESS = { id: 4, key: 'indeterminate', colorName: 'yellow', name: 'In Progress' };
const DONE = { id: 3, key: 'done', colorName: 'green', name: 'Done' };

/** The projects every site begins with; those that are not live have no issues. */
export function createProjects(now: number): SimProject[] {
  const day = 86_400_000;
  return [
    { id: '10001', key: 'SOC', name: 'Security Operations', type: 'service_desk', state: 'live', stateSince: null },
    { id: '10002', key: 'NET', name: 'Network "Care"', type: 'service_desk', state: 'live', stateSince: null },
    { id: '10003', key: 'VULN', name: 'Vulnerabilities', type: 'software', state: 'live', stateSince: null },
    { id: '10004', key: 'ONB', name: 'Onboarding', type: 'software', state: 'live', stateSince: null },
    { id: '10005', key: 'OLD', name: 'Old site', type: 'software', state: 'archived', stateSince: now - 90 * day },
    { id: '10006', key: 'BIN', name: 'Mistake', type: 'software', state: 'deleted', stateSince: now - 3 * day },
  ];
}

export const STATUSES: readonly SimStatus[] = [
  { id: '1', name: 'Open', category: TO_DO },
  { id: '2', name: 'To Do', category: TO_DO },
  { id: '3', name: 'In Progress', category: IN_PROGRESS },
  { id: '4', name: 'Waiting for customer', category: IN_PROGRESS },
  { id: '5', name: 'Resolved', category: DONE },
  { id: '6', name: "Won't do", category: DONE },
];
/** Most urgent first, as in Jira's own list. */
export const PRIORITIES: readonly string[] = ['Highest', 'High', 'Medium', 'Low', 'Lowest'];
export const ISSUE_TYPES: readonly string[] = ['Task', 'Bug', 'Incident', 'Service Request'];

export const PEOPLE: readonly SimPerson[] = [
  'Ada Brandt',
  'Björn Óskarsson',
  'Chidi Okafor',
  'Dunja Petrović',
  'Emre Yıldız',
  "Fionnuala O'Shea",
  '高橋 銀子',
].map((displayName, index) => ({ id: `person-${index + 1}`, displayName }));

export function isDone(status: SimStatus): boolean {
  return status.category === DONE;
}

// The issues of the simulated site: made once from a seed, spread over the 120 days before `now`.
import { createProjects, isDone, ISSUE_TYPES, PEOPLE, PRIORITIES, STATUSES } from './projects.ts';
import type { SimPerson, SimProject, SimStatus } from './projects.ts';
import { createRandom, pick } from './random.ts';
import type { SimText } from './rich-text.ts';
import type { Site } from './site.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface SimSla {
  readonly name: string;
  readonly startTime: number;
  /** Undefined while the clock is paused: Jira does not know the time then. */
  readonly breachTime: number | undefined;
  readonly goal: number;
  /** Left when the clock was paused. */
  readonly pausedWith: number | undefined;
}
export interface SimComment {
  readonly id: string;
  readonly author: SimPerson;
  readonly body: SimText;
  readonly created: number;
}
export interface SimIssue {
  readonly id: string;
  /** A move changes it, and the project. */
  key: string;
  project: SimProject;
  type: string;
  summary: string;
  description: SimText | null;
  labels: readonly string[];
  reporter: SimPerson;
  comments: readonly SimComment[];
  /** Seconds that its worklogs add up to. */
  spent: number;
  status: SimStatus;
  /** Name; null when the project's screen has no priority. */
  priority: string | null;
  assignee: SimPerson | null;
  created: number;
  updated: number;
  resolved: number | null;
  /** YYYY-MM-DD */
  due: string | null;
  slas: readonly SimSla[];
}

const SUBJECTS = [
  'Phishing mail',
  'Firewall rule',
  'VPN drops',
  'Patch "urgent" hosts',
  'Login from abroad',
  'Störung',
];
const PLACES = ['head office', 'branch, north', 'data centre 2', 'mail gateway', 'remote workers'];

export interface World {
  readonly projects: SimProject[];
  readonly issues: SimIssue[];
}

export function createWorld(options: { seed: number; issues: number; now: number }): World {
  const random = createRandom(options.seed);
  const projects = createProjects(options.now);
  const live = projects.filter(({ state }) => state === 'live');
  const numbers = new Map<string, number>();
  const created = Array.from({ length: options.issues }, () => options.now - Math.floor(random() * 120 * DAY));
  const issues = created
    .sort((a, b) => a - b)
    .map((at, index) => {
      const project = pick(random, live);
      const number = (numbers.get(project.key) ?? 0) + 1;
      numbers.set(project.key, number);
      return createIssue(
        { id: String(20_000 + index), key: `${project.key}-${number}`, project, at },
        random,
        options.now,
      );
    });
  return { projects, issues };
}

const TEXTS: readonly SimText[] = [
  { paragraphs: ['Seen at 03:12, twice.', 'Störung “again” 東京'], points: [] },
  { paragraphs: ['Please look into it.'], points: ['block the sender', 'reset the password'] },
  { paragraphs: ['Done'], points: [] },
];
const NO_LABELS: readonly string[] = [];
const NO_COMMENTS: readonly SimComment[] = [];
const LABELS: readonly (readonly string[])[] = [['customer'], ['customer', 'vip'], ['follow-up']];

/** By id, key or a key of before a move. What is in the trash cannot be found. */
export function findIssue(site: Site, idOrKey: string): SimIssue | undefined {
  const id = site.index.formerKeys.get(idOrKey) ?? idOrKey;
  const found = site.issues.find((issue) => issue.id === id || issue.key === id);
  return found?.project.state === 'deleted' ? undefined : found;
}

interface Seedling {
  readonly id: string;
  readonly key: string;
  readonly project: SimProject;
  readonly at: number;
}

function createIssue({ id, key, project, at }: Seedling, random: () => number, now: number): SimIssue {
  const takes = Math.floor(random() ** 3 * 40 * DAY) + HOUR / 4;
  const resolved = random() < 0.85 && at + takes < now ? at + takes : null;
  const status = pick(
    random,
    STATUSES.filter((status) => isDone(status) === (resolved !== null)),
  );
  const idle = Math.floor(random() ** 2 * (now - (resolved ?? at)));
  return {
    id,
    key,
    project,
    ...createWords(Number(id), at),
    summary: `${pick(random, SUBJECTS)}, ${pick(random, PLACES)}`,
    status,
    priority: random() < 0.03 ? null : pick(random, PRIORITIES),
    assignee: random() < 0.25 ? null : pick(random, PEOPLE),
    created: at,
    updated: (resolved ?? at) + idle,
    resolved,
    due: random() < 0.4 ? dateOf(at + Math.floor((random() * 60 - 2) * DAY)) : null,
    slas: project.type === 'service_desk' && resolved === null ? createSlas(at, status, random, now) : [],
  };
}

/** From a row of its own, and of few texts: a hundred thousand issues share them. */
function createWords(
  id: number,
  at: number,
): Pick<SimIssue, 'type' | 'description' | 'labels' | 'reporter' | 'comments' | 'spent'> {
  const random = createRandom(id);
  const type = pick(random, ISSUE_TYPES);
  const reporter = pick(random, PEOPLE);
  const comment = { id: String(id * 10), author: reporter, body: pick(random, TEXTS), created: at + HOUR / 12 };
  return {
    type,
    reporter,
    spent: 0,
    description: random() < 0.2 ? null : pick(random, TEXTS),
    labels: random() < 0.5 ? NO_LABELS : pick(random, LABELS),
    comments: random() < 0.7 ? NO_COMMENTS : [comment],
  };
}

function createSlas(at: number, status: SimStatus, random: () => number, now: number): SimSla[] {
  return ['Time to first response', 'Time to resolution'].flatMap((name) => {
    if (random() < 0.3) return [];
    const breachTime = Math.max(at + HOUR, Math.floor(now + (random() * 60 - 24) * HOUR));
    const goal = breachTime - at;
    return status.name === 'Waiting for customer'
      ? { name, startTime: at, goal, breachTime: undefined, pausedWith: Math.floor(random() * 8 * HOUR) }
      : { name, startTime: at, goal, breachTime, pausedWith: undefined };
  });
}

function dateOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10);
}

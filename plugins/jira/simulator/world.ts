// The issues of the simulated site: made once from a seed, spread over the 120 days before `now`.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface SimProject {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly type: 'service_desk' | 'software';
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
export interface SimSla {
  readonly name: string;
  readonly startTime: number;
  /** Undefined while the clock is paused: Jira does not know the time then. */
  readonly breachTime: number | undefined;
  readonly goal: number;
  /** Left when the clock was paused. */
  readonly pausedWith: number | undefined;
}
export interface SimIssue {
  readonly id: string;
  readonly key: string;
  readonly project: SimProject;
  summary: string;
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

const TO_DO = { id: 2, key: 'new', colorName: 'blue-gray', name: 'To Do' };
const IN_PROGRESS = { id: 4, key: 'indeterminate', colorName: 'yellow', name: 'In Progress' };
const DONE = { id: 3, key: 'done', colorName: 'green', name: 'Done' };

export const PROJECTS: readonly SimProject[] = [
  { id: '10001', key: 'SOC', name: 'Security Operations', type: 'service_desk' },
  { id: '10002', key: 'NET', name: 'Network "Care"', type: 'service_desk' },
  { id: '10003', key: 'VULN', name: 'Vulnerabilities', type: 'software' },
  { id: '10004', key: 'ONB', name: 'Onboarding', type: 'software' },
];
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

const PEOPLE: readonly SimPerson[] = [
  'Ada Brandt',
  'Björn Óskarsson',
  'Chidi Okafor',
  'Dunja Petrović',
  'Emre Yıldız',
  "Fionnuala O'Shea",
  '高橋 銀子',
].map((displayName, index) => ({ id: `person-${index + 1}`, displayName }));

const SUBJECTS = [
  'Phishing mail',
  'Firewall rule',
  'VPN drops',
  'Patch "urgent" hosts',
  'Login from abroad',
  'Störung',
];
const PLACES = ['head office', 'branch, north', 'data centre 2', 'mail gateway', 'remote workers'];

/** mulberry32: small, seedable, even enough for made-up tickets. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function createWorld(options: { seed: number; issues: number; now: number }): SimIssue[] {
  const random = createRandom(options.seed);
  const numbers = new Map<string, number>();
  const created = Array.from({ length: options.issues }, () => options.now - Math.floor(random() * 120 * DAY));
  return created
    .sort((a, b) => a - b)
    .map((at, index) => {
      const project = pick(random, PROJECTS);
      const number = (numbers.get(project.key) ?? 0) + 1;
      numbers.set(project.key, number);
      return createIssue(
        { id: String(20_000 + index), key: `${project.key}-${number}`, project, at },
        random,
        options.now,
      );
    });
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
    STATUSES.filter(({ category }) => (category === DONE) === (resolved !== null)),
  );
  const idle = Math.floor(random() ** 2 * (now - (resolved ?? at)));
  return {
    id,
    key,
    project,
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

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

function dateOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10);
}

// Runs parsed JQL over the issues, with Jira's refusals: unknown fields, values that do not exist, operators that do not fit.
import { JqlError, parseJql, type JqlExpression, type JqlOperator, type JqlValue } from './jql-parser.ts';
import { ISSUE_TYPES, PRIORITIES, STATUSES } from './projects.ts';
import { inOrder } from './search-index.ts';
import type { Site } from './site.ts';
import { instantOf } from './jql-time.ts';
import type { SimIssue } from './world.ts';

type Names = (issue: SimIssue) => readonly string[];
type Test = (issue: SimIssue) => boolean;

interface Choice {
  /** Every spelling Jira takes; undefined when it takes any. */
  readonly known: ((site: Site) => readonly string[]) | undefined;
  readonly of: Names;
}

/** Archived projects and those in the trash do not exist for searches. */
const CHOICES: Record<string, Choice> = {
  project: {
    known: ({ projects }) => projects.flatMap(({ id, key, name, state }) => (state === 'live' ? [id, key, name] : [])),
    of: ({ project }) => [project.id, project.key, project.name],
  },
  issuetype: { known: () => ISSUE_TYPES, of: ({ type }) => [type] },
  labels: { known: undefined, of: ({ labels }) => labels },
  assignee: { known: undefined, of: ({ assignee }) => (assignee === null ? [] : [assignee.id, assignee.displayName]) },
  reporter: { known: undefined, of: ({ reporter }) => [reporter.id, reporter.displayName] },
  id: { known: ({ issues }) => issues.flatMap(({ id, key }) => [id, key]), of: ({ id, key }) => [id, key] },
  status: { known: () => STATUSES.flatMap(({ id, name }) => [id, name]), of: ({ status }) => [status.id, status.name] },
  statuscategory: {
    known: () => STATUSES.flatMap(({ category }) => [category.key, category.name]),
    of: ({ status }) => [status.category.key, status.category.name],
  },
  priority: { known: () => PRIORITIES, of: ({ priority }) => (priority === null ? [] : [priority]) },
};

const ALIASES: Record<string, string> = { issue: 'id', key: 'id', issuekey: 'id', type: 'issuetype' };

/** A due date is its midnight, so what is due today is already "before now". */
const DATES: Record<string, (issue: SimIssue) => number | null> = {
  created: (issue) => issue.created,
  updated: (issue) => issue.updated,
  resolved: (issue) => issue.resolved,
  resolutiondate: (issue) => issue.resolved,
  duedate: ({ due }) => (due === null ? null : Date.parse(due)),
  due: ({ due }) => (due === null ? null : Date.parse(due)),
};

export interface JqlSearch {
  readonly bounded: boolean;
  readonly issues: readonly SimIssue[];
}

export interface JqlOptions {
  /** Ids that must be up to date. */
  readonly fresh?: ReadonlySet<string>;
  /** Values that do not exist match nothing, instead of being an error. */
  readonly lenient?: boolean;
}

/** @throws JqlError with the text Jira answers. */
export function searchByJql(site: Site, jql: string, options: JqlOptions = {}): JqlSearch {
  const { where, orderBy } = parseJql(jql);
  if (orderBy.length > 7) throw new JqlError('The ORDER BY clause has more than 7 fields.');
  const test = where === undefined ? () => true : compile(where, { site, lenient: options.lenient ?? false });
  const compares = orderBy.map(({ field, descending }) => {
    const compare = comparison(field);
    return descending ? (a: SimIssue, b: SimIssue) => compare(b, a) : compare;
  });
  const rank = restOrder(site);
  const sorted = inOrder(site, JSON.stringify(orderBy), options.fresh ?? new Set(), (a, b) => {
    for (const compare of compares) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return rank(b) - rank(a);
  });
  return { bounded: where !== undefined, issues: sorted.filter(test) };
}

/** Nodes of a cluster do not agree on the order of equals. */
function restOrder(site: Site): (issue: SimIssue) => number {
  if (!site.faults.has('unstable-order')) return ({ id }) => Number(id);
  const turn = site.index.searches++;
  return ({ id }) => (Number(id) * (turn % 2 === 0 ? 7919 : 104_729)) % 10_007;
}

interface Compiler {
  readonly site: Site;
  readonly lenient: boolean;
}

function compile(expression: JqlExpression, compiler: Compiler): Test {
  if (expression.kind === 'not') {
    const part = compile(expression.part, compiler);
    return (issue) => !part(issue);
  }
  if (expression.kind === 'clause') return compileClause(expression, compiler);
  const parts = expression.parts.map((part) => compile(part, compiler));
  return expression.kind === 'and'
    ? (issue) => parts.every((part) => part(issue))
    : (issue) => parts.some((part) => part(issue));
}

function compileClause(
  { field, operator, values }: Extract<JqlExpression, { kind: 'clause' }>,
  { site, lenient }: Compiler,
): Test {
  const name = field.toLowerCase();
  const choice = CHOICES[ALIASES[name] ?? name];
  if (choice) {
    const known = lenient ? undefined : choice.known?.(site);
    return compileChoice(name, { known, of: choice.of }, operator, values);
  }
  const date = DATES[name];
  if (date) return compileDate(name, date, operator, values, site);
  throw new JqlError(`Field '${field}' does not exist or you do not have permission to view it.`);
}

function compileChoice(
  field: string,
  choice: { readonly known: readonly string[] | undefined; readonly of: Names },
  operator: JqlOperator,
  values: readonly JqlValue[],
): Test {
  const empty = values.length === 1 && values[0]?.kind === 'empty';
  if (empty && (operator === 'is' || operator === '=')) return (issue) => choice.of(issue).length === 0;
  if (empty && (operator === 'is not' || operator === '!=')) return (issue) => choice.of(issue).length > 0;
  const negated = operator === '!=' || operator === 'not in';
  if (!negated && operator !== '=' && operator !== 'in') throw unfit(operator, field);
  const wanted = new Set(values.map((value) => textOf(value, field, choice.known)));
  return (issue) => {
    const names = choice.of(issue);
    // An empty field is neither equal nor unequal to anything.
    return names.length > 0 && names.some((each) => wanted.has(each.toLowerCase())) !== negated;
  };
}

function textOf(value: JqlValue, field: string, known: readonly string[] | undefined): string {
  const text = value.kind === 'text' ? value.text : value.kind === 'number' ? String(value.number) : undefined;
  if (text === undefined) throw new JqlError(`The value for the field '${field}' must be a name.`);
  const lower = text.toLowerCase();
  if (known && !known.includes(text) && !known.some((each) => each.toLowerCase() === lower)) {
    throw new JqlError(`The value '${text}' does not exist for the field '${field}'.`);
  }
  return lower;
}

function compileDate(
  field: string,
  read: (issue: SimIssue) => number | null,
  operator: JqlOperator,
  values: readonly JqlValue[],
  site: Site,
): Test {
  const [value] = values;
  if (value?.kind === 'empty') {
    if (operator === 'is') return (issue) => read(issue) === null;
    if (operator === 'is not') return (issue) => read(issue) !== null;
  }
  const limit = instantOf(value, field, site);
  const compare: Partial<Record<JqlOperator, (at: number) => boolean>> = {
    '<': (at) => at < limit,
    '<=': (at) => at <= limit,
    '>': (at) => at > limit,
    '>=': (at) => at >= limit,
    '=': (at) => at === limit,
    '!=': (at) => at !== limit,
  };
  const test = compare[operator];
  if (!test) throw unfit(operator, field);
  return (issue) => {
    const at = read(issue);
    return at !== null && test(at);
  };
}

function comparison(field: string): (a: SimIssue, b: SimIssue) => number {
  const name = field.toLowerCase();
  const date = DATES[name];
  if (date) return (a, b) => (date(a) ?? Infinity) - (date(b) ?? Infinity) || 0;
  if (name === 'priority') return (a, b) => rank(a) - rank(b);
  if (name === 'key' || name === 'issuekey') {
    return (a, b) => a.project.key.localeCompare(b.project.key) || numberOf(a) - numberOf(b);
  }
  throw new JqlError(`Not able to sort using field '${field}'.`);
}

/** Ascending order begins with the least urgent. */
function rank({ priority }: SimIssue): number {
  return priority === null ? -PRIORITIES.length : -PRIORITIES.indexOf(priority);
}

function numberOf({ key }: SimIssue): number {
  return Number(key.slice(key.indexOf('-') + 1));
}

function unfit(operator: string, field: string): JqlError {
  return new JqlError(`The operator '${operator}' is not supported by the '${field}' field.`);
}

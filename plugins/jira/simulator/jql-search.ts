// Runs parsed JQL over the issues, with Jira's refusals: unknown fields, values that do not exist, operators that do not fit.
import { JqlError, parseJql, type JqlExpression, type JqlOperator, type JqlValue } from './jql-parser.ts';
import { PRIORITIES, PROJECTS, STATUSES, type SimIssue } from './world.ts';

type Names = (issue: SimIssue) => readonly string[];
type Test = (issue: SimIssue) => boolean;

/** Fields with a fixed set of values: `known` holds every spelling Jira takes. */
const CHOICES: Record<string, { readonly known: readonly string[]; readonly of: Names }> = {
  project: {
    known: PROJECTS.flatMap(({ id, key, name }) => [id, key, name]),
    of: ({ project }) => [project.id, project.key, project.name],
  },
  status: { known: STATUSES.flatMap(({ id, name }) => [id, name]), of: ({ status }) => [status.id, status.name] },
  statuscategory: {
    known: STATUSES.flatMap(({ category }) => [category.key, category.name]),
    of: ({ status }) => [status.category.key, status.category.name],
  },
  priority: { known: PRIORITIES, of: ({ priority }) => (priority === null ? [] : [priority]) },
};

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
  readonly issues: SimIssue[];
}

/** @throws JqlError with the text Jira answers. */
export function searchByJql(all: readonly SimIssue[], jql: string, now: number): JqlSearch {
  const { where, orderBy } = parseJql(jql);
  if (orderBy.length > 7) throw new JqlError('The ORDER BY clause has more than 7 fields.');
  const test = where === undefined ? () => true : compile(where, now);
  const compares = orderBy.map(({ field, descending }) => {
    const compare = comparison(field);
    return descending ? (a: SimIssue, b: SimIssue) => compare(b, a) : compare;
  });
  const issues = all.filter(test).sort((a, b) => {
    for (const compare of compares) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return Number(b.id) - Number(a.id);
  });
  return { bounded: where !== undefined, issues };
}

function compile(expression: JqlExpression, now: number): Test {
  if (expression.kind === 'not') {
    const part = compile(expression.part, now);
    return (issue) => !part(issue);
  }
  if (expression.kind === 'clause') return compileClause(expression.field, expression.operator, expression.values, now);
  const parts = expression.parts.map((part) => compile(part, now));
  return expression.kind === 'and'
    ? (issue) => parts.every((part) => part(issue))
    : (issue) => parts.some((part) => part(issue));
}

function compileClause(field: string, operator: JqlOperator, values: readonly JqlValue[], now: number): Test {
  const name = field.toLowerCase();
  const choice = CHOICES[name];
  if (choice) return compileChoice(name, choice, operator, values);
  const date = DATES[name];
  if (date) return compileDate(name, date, operator, values, now);
  if (name === 'assignee') {
    const person: Names = ({ assignee }) => (assignee === null ? [] : [assignee.id, assignee.displayName]);
    return compileChoice(name, { known: undefined, of: person }, operator, values);
  }
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
  if (known && !known.some((each) => each.toLowerCase() === lower)) {
    throw new JqlError(`The value '${text}' does not exist for the field '${field}'.`);
  }
  return lower;
}

function compileDate(
  field: string,
  read: (issue: SimIssue) => number | null,
  operator: JqlOperator,
  values: readonly JqlValue[],
  now: number,
): Test {
  const [value] = values;
  if (value?.kind === 'empty') {
    if (operator === 'is') return (issue) => read(issue) === null;
    if (operator === 'is not') return (issue) => read(issue) !== null;
  }
  const limit = instantOf(value, field, now);
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

function instantOf(value: JqlValue | undefined, field: string, now: number): number {
  if (value?.kind === 'number') return value.number;
  if (value?.kind === 'relative') return now + value.offset;
  if (value?.kind === 'call' && value.name === 'now') return now;
  if (value?.kind === 'call') throw new JqlError(`Unable to find JQL function '${value.name}()'.`);
  throw new JqlError(
    `Date value for field '${field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', a period format e.g. '-5d', '4w 2d'.`,
  );
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

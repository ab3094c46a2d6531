// What a plugin's `config` and `params` schemas may be, so that compiling and running them is cheap and ends.
import { pointerTo, type Finding } from './finding.ts';
import { assertCompiles, compilePattern } from './schema-compiler.ts';

/** Subschemas visited when every `$ref` is followed: references can double the work at each step. */
const MOST_VISITS = 10_000;
const LONGEST_PATTERN = 1000;

const ONE = new Set([
  ...['additionalProperties', 'unevaluatedProperties', 'propertyNames', 'items', 'unevaluatedItems', 'contains'],
  ...['not', 'if', 'then', 'else', 'contentSchema'],
]);
const LIST = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const MAP = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions']);
/** Keywords that give a subschema another address, choose one at run time, or make the answer a promise, which is truthy. */
const REFUSED = new Set([
  ...['$id', '$anchor', '$dynamicRef', '$dynamicAnchor', '$recursiveRef', '$recursiveAnchor'],
  '$async',
]);

type Node = Record<string, unknown>;
interface Child {
  readonly pointer: string;
  readonly value: unknown;
}

/** Subschemas a whole manifest may still have: a form has tens, and compiling takes about 0.1 ms for each. */
export interface Budget {
  subschemas: number;
}

/** Findings of one schema. `at` is its pointer in the manifest; `secrets` says whether its top level may hold secret fields. */
export function objectSchemaFindings(root: Node, at: string, secrets: boolean, budget: Budget): Finding[] {
  // An earlier schema has used it up and said so.
  if (budget.subschemas < 0) return [];
  const nodes = subschemas(root, at, budget.subschemas);
  budget.subschemas -= nodes.length;
  if (budget.subschemas < 0) return [{ pointer: at, message: 'has more subschemas than a manifest may have' }];
  const mayBeSecret = new Set(secrets ? Object.values(root['properties'] ?? {}) : []);
  const findings = nodes.flatMap(({ pointer, value }) => [
    ...nodeFindings(value, pointer),
    ...(value['writeOnly'] === true ? secretFindings(value, pointer, mayBeSecret.has(value)) : []),
  ]);
  if (findings.length === 0) findings.push(...referenceFindings(root, at, nodes));
  if (findings.length === 0) findings.push(...compileFindings(root, at));
  return findings;
}

function secretFindings(node: Node, at: string, allowed: boolean): Finding[] {
  const pointer = pointerTo(at, 'writeOnly');
  if (!allowed) return [{ pointer, message: 'is allowed on the top-level properties of config only' }];
  if (node['type'] !== 'string') return [{ pointer, message: 'needs "type": "string" beside it' }];
  if ('default' in node) return [{ pointer: pointerTo(at, 'default'), message: 'a secret has no default' }];
  return [];
}

/** One more than `most` when there are more. */
function subschemas(root: Node, at: string, most: number): { pointer: string; value: Node }[] {
  const found: { pointer: string; value: Node }[] = [];
  const open: Child[] = [{ pointer: at, value: root }];
  for (let next = open.pop(); next && found.length <= most; next = open.pop()) {
    if (!isNode(next.value)) continue;
    found.push({ pointer: next.pointer, value: next.value });
    open.push(...children(next.value, next.pointer));
  }
  return found;
}

function children(node: Node, at: string): Child[] {
  return Object.entries(node).flatMap(([keyword, value]) => {
    const pointer = pointerTo(at, keyword);
    if (ONE.has(keyword)) return [{ pointer, value }];
    const many = (LIST.has(keyword) && Array.isArray(value)) || (MAP.has(keyword) && isNode(value));
    return many
      ? Object.entries(value as object).map(([step, child]) => ({ pointer: pointerTo(pointer, step), value: child }))
      : [];
  });
}

function nodeFindings(node: Node, at: string): Finding[] {
  const findings: Finding[] = [];
  for (const keyword of Object.keys(node)) {
    if (REFUSED.has(keyword)) findings.push({ pointer: pointerTo(at, keyword), message: `${keyword} is not allowed` });
  }
  const reference = node['$ref'];
  if (reference !== undefined && (typeof reference !== 'string' || !/^#(\/|$)/.test(reference))) {
    findings.push({ pointer: pointerTo(at, '$ref'), message: 'must point into the same schema: "#/$defs/…"' });
  }
  if (typeof node['pattern'] === 'string') {
    findings.push(...patternFindings(node['pattern'], pointerTo(at, 'pattern')));
  }
  if (isNode(node['patternProperties'])) {
    for (const pattern of Object.keys(node['patternProperties'])) {
      findings.push(...patternFindings(pattern, pointerTo(pointerTo(at, 'patternProperties'), pattern)));
    }
  }
  return findings;
}

function patternFindings(pattern: string, pointer: string): Finding[] {
  if (pattern.length > LONGEST_PATTERN) {
    return [{ pointer, message: `is a pattern of more than ${LONGEST_PATTERN} characters` }];
  }
  try {
    compilePattern(pattern);
    return [];
  } catch (error) {
    return [{ pointer, message: `is not a pattern that runs in linear time (RE2): ${messageOf(error)}` }];
  }
}

/** Follows every `$ref`: refuses missing targets, cycles, and references that multiply. */
function referenceFindings(root: Node, at: string, nodes: readonly { pointer: string; value: Node }[]): Finding[] {
  const known = new Map(nodes.map(({ value, pointer }) => [value, pointer]));
  const visits = new Map<Node, number>();
  const open = new Set<Node>();
  const findings: Finding[] = [];
  const visit = (node: Node, cameBy: string): number => {
    const counted = visits.get(node);
    if (counted !== undefined) return counted;
    if (open.has(node)) {
      findings.push({ pointer: cameBy, message: 'is a cyclic reference' });
      return 0;
    }
    open.add(node);
    let sum = 1;
    const pointer = known.get(node) ?? at;
    for (const child of children(node, pointer)) if (isNode(child.value)) sum += visit(child.value, child.pointer);
    if (typeof node['$ref'] === 'string') {
      const target = resolve(root, node['$ref']);
      const by = pointerTo(pointer, '$ref');
      if (target && known.has(target)) sum += visit(target, by);
      else findings.push({ pointer: by, message: `points at no subschema (${JSON.stringify(node['$ref'])})` });
    }
    open.delete(node);
    visits.set(node, sum);
    return sum;
  };
  const total = visit(root, at);
  if (total > MOST_VISITS)
    findings.push({ pointer: at, message: `visits more than ${MOST_VISITS} subschemas through $ref` });
  return findings;
}

function resolve(root: Node, reference: string): Node | undefined {
  let value: unknown = root;
  for (const step of reference.split('/').slice(1)) {
    const key = decode(step);
    value =
      key !== undefined && typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined;
  }
  return isNode(value) ? value : undefined;
}

function decode(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}

function compileFindings(root: Node, at: string): Finding[] {
  try {
    assertCompiles(root);
    return [];
  } catch (error) {
    return [{ pointer: at, message: `does not compile: ${messageOf(error)}` }];
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}

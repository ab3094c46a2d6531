// Finds where an author has written a member of the plugin: follows `definePlugin({ … })` through names, calls and spreads of the
// bundle's syntax tree. Nothing is evaluated; where the trail ends, the nearest place before it is the answer.
import type { AnyNode, Expression, ObjectExpression, Program, Property } from 'acorn';

/** Members that plugin.json calls otherwise than an author: durations are milliseconds there. */
const AUTHOR_NAMES: Readonly<Record<string, string>> = {
  agoMs: 'ago',
  cacheMs: 'cache',
  everyMs: 'every',
  perMs: 'per',
  refreshMs: 'refresh',
  replayMs: 'replay',
  retainMs: 'retain',
};

/** Names nobody follows further than this: two constants may be made of each other. */
const DEEPEST = 32;

/** The node that stands for the member, or the nearest one above it that is written down. */
export function declaredAt(program: Program, steps: readonly string[]): AnyNode | undefined {
  const root = exportedDefault(program);
  return root === undefined ? undefined : memberAt(root, steps, topLevelNames(program));
}

/** The same below an expression: of a JSON document, for one. */
export function memberAt(root: Expression, steps: readonly string[], names: Names = new Map()): AnyNode {
  let place: AnyNode = root;
  let value: Expression | undefined = root;
  for (const step of steps) {
    const found = memberOf(resolve(value, names), step, names);
    if (found === undefined) break;
    place = found.place;
    value = found.value;
  }
  return place;
}

interface Found {
  readonly place: AnyNode;
  readonly value: Expression | undefined;
}

type Names = ReadonlyMap<string, Expression>;

function topLevelNames(program: Program): Names {
  const names = new Map<string, Expression>();
  for (const statement of program.body) {
    if (statement.type !== 'VariableDeclaration') continue;
    for (const { id, init } of statement.declarations) if (id.type === 'Identifier' && init) names.set(id.name, init);
  }
  return names;
}

function exportedDefault(program: Program): Expression | undefined {
  for (const statement of program.body) {
    if (statement.type === 'ExportDefaultDeclaration') return statement.declaration as Expression;
    if (statement.type !== 'ExportNamedDeclaration') continue;
    const found = statement.specifiers.find(
      ({ exported }) => exported.type === 'Identifier' && exported.name === 'default',
    );
    if (found?.local.type === 'Identifier') return found.local;
  }
  return undefined;
}

/** The object or array behind a name or a call: `query({ … })` is what it is given. */
function resolve(node: Expression | undefined, names: Names, depth = 0): Expression | undefined {
  if (node === undefined || depth > DEEPEST) return undefined;
  if (node.type === 'Identifier') return resolve(names.get(node.name), names, depth + 1);
  if (node.type === 'ObjectExpression' || node.type === 'ArrayExpression') return node;
  if (node.type !== 'CallExpression') return undefined;
  for (const argument of node.arguments) {
    if (argument.type === 'SpreadElement') continue;
    const found = resolve(argument, names, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function memberOf(node: Expression | undefined, step: string, names: Names): Found | undefined {
  if (node?.type === 'ArrayExpression') {
    const element = node.elements[Number(step)];
    return element && element.type !== 'SpreadElement' ? { place: element, value: element } : undefined;
  }
  if (node?.type !== 'ObjectExpression') return undefined;
  const property = propertyOf(node, step, names) ?? propertyOf(node, AUTHOR_NAMES[step] ?? '', names);
  // Columns are a list in plugin.json, in the order in which they are written.
  const nth = /^\d+$/.test(step) ? node.properties[Number(step)] : undefined;
  const found = property ?? (nth?.type === 'Property' ? nth : undefined);
  return found === undefined ? undefined : { place: found, value: found.value };
}

function propertyOf(node: ObjectExpression, name: string, names: Names): Property | undefined {
  for (const property of node.properties.toReversed()) {
    if (property.type === 'SpreadElement') {
      const spread = resolve(property.argument, names);
      const found = spread?.type === 'ObjectExpression' ? propertyOf(spread, name, names) : undefined;
      if (found !== undefined) return found;
      continue;
    }
    const { key, computed } = property;
    if (computed) continue;
    if (key.type === 'Identifier' ? key.name === name : key.type === 'Literal' && String(key.value) === name)
      return property;
  }
  return undefined;
}

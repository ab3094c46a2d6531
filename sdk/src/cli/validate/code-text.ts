// Reads text out of a bundle's syntax tree.
import type { AnyNode } from 'acorn';

/** The text of a string or template; of a template up to its first value. */
export function headText(node: AnyNode | undefined): string | undefined {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node?.type === 'TemplateLiteral') return node.quasis[0]?.value.cooked ?? undefined;
  // `'https://…' + path`
  if (node?.type === 'BinaryExpression' && node.operator === '+') return headText(node.left);
  return undefined;
}

/** The last name of what is called: `fetch` of `ctx.fetch`. */
export function calledName(callee: AnyNode): string | undefined {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type !== 'MemberExpression' || callee.computed) return undefined;
  return callee.property.type === 'Identifier' ? callee.property.name : undefined;
}

// Reads the imports of a TypeScript file with a real parser, so that comments, strings and line breaks do not fool the rules.
import { parseAst } from 'vitest/node';

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Gone at run time: `import type`, `export type … from`, `import('…').T`. */
  readonly typeOnly: boolean;
}

type SyntaxNode = Record<string, unknown>;

const isNode = (value: unknown): value is SyntaxNode => typeof value === 'object' && value !== null;

function stringOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  // import('…') in a type wraps its literal once more.
  const literal = node['type'] === 'TSLiteralType' && isNode(node['literal']) ? node['literal'] : node;
  return typeof literal['value'] === 'string' ? literal['value'] : undefined;
}

/** `import.meta.resolve('…')` reaches a module as an import does. */
function resolvedByMeta(node: SyntaxNode): string | undefined {
  const { callee, arguments: args } = node;
  if (!isNode(callee) || !isNode(callee['object']) || callee['object']['type'] !== 'MetaProperty') return undefined;
  return isNode(callee['property']) && callee['property']['name'] === 'resolve' && Array.isArray(args)
    ? stringOf(args[0])
    : undefined;
}

function specifierOf(node: SyntaxNode): string | undefined {
  switch (node['type']) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return stringOf(node['source']);
    case 'CallExpression':
      return resolvedByMeta(node);
    default:
      return undefined;
  }
}

/** Every import, re-export, dynamic import with a literal, type import and `import.meta.resolve` of a file. */
export function importsOf(text: string, lang: 'ts' | 'tsx' = 'ts'): readonly Import[] {
  const found: Import[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!isNode(value)) return;
    const specifier = specifierOf(value);
    if (specifier !== undefined) {
      const line = text.slice(0, Number(value['start'])).split('\n').length;
      const typeOnly =
        value['importKind'] === 'type' || value['exportKind'] === 'type' || value['type'] === 'TSImportType';
      found.push({ specifier, line, typeOnly });
    }
    Object.values(value).forEach(visit);
  };
  // Its successor is exported by vite alone, which would be one more dependency to name.
  // oxlint-disable-next-line typescript/no-deprecated
  visit(parseAst(text, { lang }));
  return found;
}

import { simple } from 'acorn-walk';
import type { AnyNode } from 'acorn';
import type { BundleCode } from '../../../../build/bundle-code.ts';
import { ALLOWED_BUILTINS } from '../../../../runtime/builtins.ts';
import { isOwn } from '../../../../build/place.ts';
import { headText } from '../../code-text.ts';
import { error, type Finding, type Rule } from '../../rule.ts';

/** What a sandbox takes away, and what there is instead. */
const GONE: Readonly<Record<string, string>> = {
  WebSocket: 'call the vendor with ctx.fetch, or let it call a route',
  EventSource: 'read the answer of ctx.fetch as it comes',
  BroadcastChannel: 'a plugin is alone in its thread',
  localStorage: 'keep what must last in a cursor',
  sessionStorage: 'keep what must last in a cursor',
  navigator: 'a plugin has no browser',
};
type Said = Pick<Finding, 'severity' | 'message'>;

const PROCESS: Readonly<Record<string, (what: string) => Said>> = {
  env: (what) => ({ severity: 'warning', message: `${what} is empty in a plugin: make it a field of config` }),
  exit: (what) => ({ severity: 'error', message: `${what} ends every run on the thread: throw an error` }),
  kill: (what) => ({ severity: 'error', message: `${what} does not exist in a plugin` }),
};

/** Found here, it is a line to change; found in the sandbox, it is a run that failed. */
export const builtins: Rule = {
  id: 'builtins',
  asks: 'the code uses nothing that a sandbox does not have: files, sockets, processes, threads, the environment',
  check: ({ faults, code }) => [
    ...faults
      .filter(({ forbidden }) => forbidden)
      .map(({ place, message }) => error(place ?? { file: 'dist/plugin.js' }, message)),
    ...(code === undefined ? [] : codeFindings(code)),
  ],
};

function codeFindings(code: BundleCode): Finding[] {
  const found: Finding[] = [];
  const note = (node: AnyNode, said: Said): void => {
    const place = code.placeOf(node);
    // A library may ask for them and do without; what it imports it needs.
    if (isOwn(place)) found.push({ place, ...said });
  };
  const noteImport = (node: AnyNode, source: string | undefined): void => {
    if (source === undefined || ALLOWED_BUILTINS.includes(source.replace(/^node:/, ''))) return;
    found.push(error(code.placeOf(node), `imports "${source}", which plugins do not have`));
  };
  const declared = declaredNames(code);
  simple(code.program, {
    ImportDeclaration: (node) => noteImport(node, headText(node.source)),
    ImportExpression: (node) => noteImport(node, headText(node.source)),
    Identifier: (node) => {
      const instead = Object.hasOwn(GONE, node.name) && !declared.has(node.name) ? GONE[node.name] : undefined;
      if (instead !== undefined)
        note(node, { severity: 'error', message: `${node.name} does not exist in a plugin: ${instead}` });
    },
    MemberExpression: (node) => {
      const { object, property, computed } = node;
      if (object.type !== 'Identifier' || object.name !== 'process' || computed || property.type !== 'Identifier')
        return;
      const say = Object.hasOwn(PROCESS, property.name) ? PROCESS[property.name] : undefined;
      if (say !== undefined) note(node, say(`process.${property.name}`));
    },
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'eval') note(node, evaluated('eval'));
    },
    NewExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Function') note(node, evaluated('new Function'));
    },
  });
  return found;
}

function evaluated(what: string): Said {
  return {
    severity: 'warning',
    message: `${what} runs text as code: nobody who reviews the plugin can see what it does`,
  };
}

function declaredNames(code: BundleCode): Set<string> {
  const names = new Set<string>();
  simple(code.program, {
    VariableDeclarator: ({ id }) => {
      if (id.type === 'Identifier') names.add(id.name);
    },
    Function: ({ id, params }) => {
      if (id) names.add(id.name);
      for (const param of params) if (param.type === 'Identifier') names.add(param.name);
    },
    Class: ({ id }) => {
      if (id) names.add(id.name);
    },
  });
  return names;
}

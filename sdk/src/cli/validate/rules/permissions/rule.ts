import { simple } from 'acorn-walk';
import type { AnyNode } from 'acorn';
import type { PluginManifest } from '@jackfield/schemas';
import type { BundleCode } from '../../../../build/bundle-code.ts';
import { calledName, headText } from '../../code-text.ts';
import { error, warning, type Finding, type Rule } from '../../rule.ts';
import type { Subject } from '../../subject.ts';

/** What a thread has without being granted more: `threadMemoryMb` of the host's limits. */
const USUAL_MEMORY_MB = 256;

/** A plugin asks for what it needs, and for no more: an admin has to grant it. */
export const permissions: Rule = {
  id: 'permissions',
  asks: 'hosts that the code calls are declared, those that are declared are called, and neither is more than needed',
  check: (subject) => [...findingsOf(subject)],
};

function* findingsOf({ manifest, code, placeOf }: Subject): Iterable<Finding> {
  if (manifest === undefined) return;
  const { hosts } = manifest.network;
  if (code !== undefined) {
    const texts = textsOf(code);
    yield* callFindings(code, hosts);
    for (const [index, host] of hosts.entries()) {
      const place = placeOf(`/network/hosts/${index}`);
      const name = host.replace(/^\*\./, '');
      if (host.startsWith('*.')) {
        yield warning(place, `network.hosts: ${host} is every name below ${name}; list those that are called`);
      }
      if (!texts.some((text) => text.includes(name))) {
        yield warning(place, `network.hosts: ${host} is asked for, and no code names it; leave it out`);
      }
    }
  }
  yield* memoryFindings(manifest, placeOf);
}

/** Calls of `fetch` with a whole URL in the code. */
function* callFindings(code: BundleCode, hosts: readonly string[]): Iterable<Finding> {
  const calls: { node: AnyNode; url: string }[] = [];
  const note = (node: { callee: AnyNode; arguments: AnyNode[] } & AnyNode): void => {
    const url = headText(node.arguments[0]);
    const name = calledName(node.callee);
    if (url !== undefined && (name === 'fetch' || name === 'Request') && /^https?:\/\//.test(url))
      calls.push({ node, url });
  };
  simple(code.program, { CallExpression: note, NewExpression: note });
  for (const { node, url } of calls) {
    // Of a template the host may go on in a value, which nobody knows here.
    const host = /^https?:\/\/([a-z0-9.-]+)(?::\d+)?[/?#]/i
      .exec(`${url}${node.type === 'Literal' ? '/' : ''}`)?.[1]
      ?.toLowerCase();
    const name = host ?? (URL.canParse(url) ? new URL(url).hostname : undefined);
    if (name === undefined) continue;
    if (!hosts.some((granted) => granted === name || (granted.startsWith('*.') && name.endsWith(granted.slice(1))))) {
      yield error(
        code.placeOf(node),
        `calls ${name}, which the plugin does not ask for: add it to network.hosts, or call a path of the base URL`,
      );
    } else if (url.startsWith('http:')) {
      yield error(code.placeOf(node), `calls ${name} without TLS: beside the base URL only https is let through`);
    }
  }
}

function textsOf(code: BundleCode): string[] {
  const texts: string[] = [];
  const hostLists = new Set<AnyNode>();
  simple(code.program, {
    Property: ({ key, value }) => {
      if (key.type === 'Identifier' && key.name === 'hosts' && value.type === 'ArrayExpression') {
        for (const element of value.elements) if (element !== null) hostLists.add(element);
      }
    },
  });
  simple(code.program, {
    Literal: (node) => {
      if (typeof node.value === 'string' && !hostLists.has(node)) texts.push(node.value);
    },
    TemplateLiteral: ({ quasis }) => void texts.push(...quasis.map(({ value }) => value.cooked ?? '')),
  });
  return texts;
}

function* memoryFindings({ limits: { memoryMb } }: PluginManifest, placeOf: Subject['placeOf']): Iterable<Finding> {
  if (memoryMb === undefined || memoryMb <= USUAL_MEMORY_MB) return;
  const message = `limits.memoryMb: ${memoryMb} MB must be granted by an admin; ${USUAL_MEMORY_MB} need not. Yield rows as they come instead of keeping them`;
  yield warning(placeOf('/limits/memoryMb'), message);
}

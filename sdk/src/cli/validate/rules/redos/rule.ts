import { runInNewContext } from 'node:vm';
import { simple } from 'acorn-walk';
import type { AnyNode } from 'acorn';
import { analyse, type Report } from 'scslre';
import { isOwn } from '../../../../build/place.ts';
import { headText } from '../../code-text.ts';
import { error, warning, type Finding, type Rule } from '../../rule.ts';

/** One that doubles with every character takes hours for so many; one that squares is done in no time. */
const PUMPED = 40;
const PATIENCE_MS = 250;
const LONGEST = 2000;
const REPORTS = 10;
/** Of classes such as `\\w` and `\\s`. */
const USUAL = 'a0 _-."';

/** What vendors send is matched: an expression that backtracks without end holds its thread until the deadline. */
export const redos: Rule = {
  id: 'redos',
  asks: 'no regular expression takes exponential time',
  check({ code }) {
    if (code === undefined) return [];
    const found: Finding[] = [];
    const look = (node: AnyNode, source: string | undefined, flags: string): void => {
      const place = code.placeOf(node);
      const fault = source === undefined || source.length > LONGEST ? undefined : faultOf(source, flags);
      if (fault === undefined) return;
      // What squares in a dependency is not its user's to change.
      if (isOwn(place)) found.push((fault.exponential ? error : warning)(place, fault.message));
      else if (fault.exponential) found.push(warning(place, fault.message));
    };
    const construct = (node: { callee: AnyNode; arguments: AnyNode[] } & AnyNode): void => {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'RegExp') return;
      const [pattern, flags] = node.arguments;
      if (pattern?.type === 'Literal') look(node, headText(pattern), headText(flags) ?? '');
    };
    simple(code.program, {
      Literal: (node) => {
        if (node.regex) look(node, node.regex.pattern, node.regex.flags);
      },
      CallExpression: construct,
      NewExpression: construct,
    });
    return found;
  },
};

interface Fault {
  readonly exponential: boolean;
  readonly message: string;
}

function faultOf(source: string, flags: string): Fault | undefined {
  let reports: Report[];
  try {
    ({ reports } = analyse(
      { source, flags },
      { maxReports: REPORTS, reportTypes: { Move: true, Self: true, Trade: true } },
    ));
  } catch {
    // Not a regular expression: the build or the first run says so.
    return undefined;
  }
  const exponential = reports.find((report) => report.exponential);
  const character = exponential?.character.pick ?? endlessFor(source, flags);
  if (character !== undefined) {
    const fixed = exponential?.fix();
    const instead =
      fixed === undefined
        ? 'let no two repetitions or alternatives match the same text'
        : `write /${fixed.source}/${fixed.flags}`;
    return {
      exponential: true,
      message: `the time of /${source}/ doubles with every further ${JSON.stringify(character)}: ${instead}`,
    };
  }
  // A search through text squares at worst, as most do; two repetitions that trade characters do so on every match.
  const trade = reports.find(({ type }) => type !== 'Move');
  if (trade === undefined) return undefined;
  const message = `the time of /${source}/ grows with the square of its text, or faster, for many ${JSON.stringify(trade.character.pick)}`;
  return { exponential: false, message };
}

/** The analysis does not see that alternatives match the same text: such expressions are tried. The character that takes for ever. */
function endlessFor(source: string, flags: string): string | undefined {
  if (!source.includes('|') || !/[*+]|,\}/.test(source)) return undefined;
  const characters = new Set(source.replaceAll(/\\./g, '') + USUAL);
  const trial: { tried?: string } = {};
  try {
    runInNewContext(
      'for (const character of characters) { trial.tried = character; new RegExp(source, flags).test(character.repeat(pumped) + end); }',
      { source, flags, characters: [...characters], pumped: PUMPED, end: '\n!', trial },
      { timeout: PATIENCE_MS },
    );
    return undefined;
  } catch (error) {
    // An error of the other context: not an instance of this one's Error.
    const { code } = error as { code?: unknown };
    return code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? trial.tried : undefined;
  }
}

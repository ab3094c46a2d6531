// What happens in the host of `dev`, as lines: runs, their calls of the vendor, what the plugin logs, and where in the author's files it
// failed. Nothing in it is a secret: the paths are those that the plugin asked for, and it has none.
import type { BundleCode } from '../../build/bundle-code.ts';
import { placeText, type Place } from '../../build/place.ts';
import { readMisspelling } from '../../runtime/misspelt.ts';
import type { EndedRun, RunReport, VendorCall } from './project-host.ts';

/** A frame of a stack in the copy of the bundle that the host runs. */
const FRAME = /[^\s()]*\/plugin\.js(?:[?#][^\s:)]*)?:(\d+):(\d+)/g;

export interface RequestLog {
  /** The bundle that runs from now on. */
  runs(code: BundleCode): void;
  run(run: EndedRun, report: RunReport): void;
  call(call: VendorCall): void;
  /** A logger as the host takes it. */
  readonly logger: object;
}

export function createRequestLog(print: (line: string) => void): RequestLog {
  let code: BundleCode | undefined;
  const say = (text: string): void => print(`${new Date().toTimeString().slice(0, 8)}  ${text}`);
  // Frames of the host's runtime help nobody.
  const located = (text: string): string =>
    text
      .split('\n')
      .filter((line) => !/^\s+at /.test(line) || line.includes('/plugin.js'))
      .join('\n')
      .replaceAll(FRAME, (frame, line: string, column: string) =>
        code === undefined ? frame : placeText(code.placeAt(Number(line), Number(column) - 1)),
      );
  const written = (level: string) => (fields: unknown, message?: string) => {
    if (isOfVersion(fields)) return;
    const { msg, text } = readEntry(fields, message);
    if (msg !== '') say(`${level}  ${located(msg)}${text}`);
    const misspelling = code === undefined ? undefined : readMisspelling(msg);
    if (code !== undefined && misspelling !== undefined) say(`  at ${placeText(code.placeOfMisspelling(misspelling))}`);
  };
  const quiet = (): void => undefined;
  const logger = {
    level: 'info',
    fatal: written('fatal'),
    error: written('error'),
    warn: written('warn'),
    info: (fields: unknown, message?: string) => {
      // The host's own news are about what the lines here say already; the plugin's have its name.
      if (isOfPlugin(fields)) written('info')(fields, message);
    },
    debug: (fields: unknown, message?: string) => {
      if (isOfPlugin(fields)) written('debug')(fields, message);
    },
    trace: quiet,
    silent: quiet,
    child: () => logger,
  };
  return {
    logger,
    runs(bundle) {
      code = bundle;
    },
    run(run, { ok, code: failure, detail = '', rows, elapsedMs, vendorCalls }) {
      const what = [run.kind, run.contribution].filter((part) => part !== '').join(' ');
      const took = `${Math.round(elapsedMs)} ms, ${vendorCalls} ${vendorCalls === 1 ? 'call' : 'calls'}`;
      if (ok) {
        // A check and a job have none.
        const read = run.kind === 'query' || run.kind === 'stream' ? `${rows} ${rows === 1 ? 'row' : 'rows'}, ` : '';
        say(`${what}  ${read}${took}`);
        return;
      }
      say(`${what}  failed: ${failure} ${located(detail)} (${took})`);
      const place = failure === 'plugin_failed' && code !== undefined ? placeOfFault(code, run, detail) : undefined;
      if (place !== undefined) say(`  at ${placeText(place)}`);
    },
    call({ method, path, status, code: failure, elapsedMs }) {
      say(`  ${method} ${path}  ${status ?? failure ?? 'no answer'}  ${Math.round(elapsedMs)} ms`);
    },
  };
}

const SECTIONS: Readonly<Record<string, string>> = {
  query: 'queries',
  stream: 'streams',
  route: 'routes',
  job: 'jobs',
};

/** What the runtime finds wrong it names by the contribution, and by the column if it is one. */
function placeOfFault(code: BundleCode, { kind, contribution }: EndedRun, detail: string): Place | undefined {
  const section = SECTIONS[kind];
  if (section === undefined) return kind === 'check' ? code.placeOfMember(['check']) : undefined;
  const column = /column "([^"]+)"/.exec(detail)?.[1];
  return code.placeOfMember([section, contribution, ...(column === undefined ? [] : ['columns', column])]);
}

/** The host says of a run that it has ended with what it ran. */
function isOfPlugin(fields: unknown): boolean {
  return typeof fields === 'object' && fields !== null && 'runId' in fields && !('contribution' in fields);
}

/** Which version runs, and why another does not, `dev` says itself. */
function isOfVersion(fields: unknown): boolean {
  return (
    typeof fields === 'object' && fields !== null && 'plugin' in fields && 'version' in fields && !('runId' in fields)
  );
}

function readEntry(fields: unknown, message: string | undefined): { msg: string; text: string } {
  if (typeof fields !== 'object' || fields === null) return { msg: String(fields), text: '' };
  const { err, reason, fields: own } = fields as { err?: unknown; reason?: unknown; fields?: unknown };
  const cause = err instanceof Error ? `: ${err.message}` : typeof reason === 'string' ? `: ${reason}` : '';
  return {
    msg: `${message ?? ''}${cause}`,
    text: own === undefined ? '' : `  ${typeof own === 'string' ? own : JSON.stringify(own)}`,
  };
}

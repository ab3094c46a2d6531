// How a widget asks its host: with the token of its page, or in the name of whoever is signed in there.
import type { Problem } from '@jackfield/schemas';
import { type Answer, type Description, readAnswer } from './answer.ts';
import type { Question } from './question.ts';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

export async function askDescription(question: Question, signal: AbortSignal): Promise<Description> {
  const { what } = question;
  const path =
    'widget' in what
      ? `/api/widgets/${encodeURIComponent(what.widget)}`
      : `/api/widget-templates/${encodeURIComponent(what.plugin)}/${encodeURIComponent(what.template)}`;
  const response = await send(question, path, { signal });
  const body = (await response.json()) as Description & Description['shows'];
  // A template is what it shows.
  return 'widget' in what ? body : { plugin: what.plugin, shows: body };
}

export async function askData(question: Question, signal: AbortSignal): Promise<Answer> {
  const reading = new AbortController();
  const either = AbortSignal.any([signal, reading.signal]);
  const response = await sendData(question, 'application/json', either);
  return readAnswer(response, () => reading.abort());
}

/** All rows, as they arrive. */
export function askFile(question: Question, signal: AbortSignal): Promise<Response> {
  return sendData(question, 'text/csv', signal);
}

async function sendData(question: Question, accept: string, signal: AbortSignal): Promise<Response> {
  const { what, params } = question;
  if (!('widget' in what)) {
    const body = { ...what, params };
    return send(question, '/api/widgets/preview', { accept, signal, body });
  }
  const { widget, days } = what;
  const path = `/api/widgets/${encodeURIComponent(widget)}/data`;
  const hasParams = Object.keys(params).length > 0;
  if (hasParams)
    return send(question, path, { accept, signal, body: { params, ...(days === undefined ? {} : { days }) } });
  return send(question, days === undefined ? path : `${path}?days=${days}`, { accept, signal });
}

interface Sent {
  readonly accept?: string;
  readonly signal: AbortSignal;
  /** Left out: nothing is changed by it, and it is a GET. */
  readonly body?: object;
}

/** @throws Refusal when the answer is none of success. */
async function send(
  { src, token }: Question,
  path: string,
  { accept = 'application/json', signal, body }: Sent,
): Promise<Response> {
  const headers: Record<string, string> = { accept };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (body !== undefined && token === undefined) headers['x-csrf-token'] = await csrfOf(src);
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  // With a token there is no cookie to be sent: an answer for any origin may not be asked for with one.
  const credentials = token === undefined ? 'include' : 'omit';
  const response = await fetch(new URL(path, src), { ...init, headers, credentials, signal }).catch(
    (error: unknown) => {
      if (signal.aborted) throw error;
      throw new Refusal(SILENT);
    },
  );
  if (!response.ok) throw new Refusal(await problemOf(response));
  return response;
}

/** Each host's, once for the page: what shows that whoever is signed in has meant it. */
const csrf = new Map<string, Promise<string>>();

function csrfOf(src: string): Promise<string> {
  const known = csrf.get(src);
  if (known !== undefined) return known;
  const asked = fetch(new URL('/api/session', src), { credentials: 'include' })
    .then((response) => response.json() as Promise<{ csrfToken?: string }>)
    .then(({ csrfToken = '' }) => csrfToken);
  csrf.set(src, asked);
  // Who signs in later gets another one.
  asked.then((token) => token === '' && csrf.delete(src)).catch(() => csrf.delete(src));
  return asked;
}

const SILENT: Problem = {
  type: 'about:blank',
  code: 'vendor_unavailable',
  status: 503,
  title: 'The host does not answer',
  detail: 'No answer came from the Jackfield host.',
  next: 'It is tried again by itself. If it stays, check the network and that the host is up.',
};

async function problemOf(response: Response): Promise<Problem> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  if (isProblem) return (await response.json()) as Problem;
  return { ...SILENT, status: response.status, title: `The answer was ${response.status}, without a reason` };
}

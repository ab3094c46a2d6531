/** What a handler answers. `text` goes out as it is, `json` encoded. */
export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection is reset instead. */
  readonly lost?: true;
}

/** A call as the handlers see it, signed in and with its body parsed. */
export interface Call {
  readonly method: string;
  /** Without the context path. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** Jira's ErrorCollection. */
export function refusal(status: number, ...messages: string[]): Answer {
  return { status, json: { errorMessages: messages, errors: {} } };
}

export function htmlPage(status: number, title: string): Answer {
  return {
    status,
    text: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`,
    headers: { 'content-type': 'text/html;charset=UTF-8' },
  };
}

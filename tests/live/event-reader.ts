// Reads server-sent events as a page does that may be anywhere: with fetch, a token, and its place in the order.

export interface Heard {
  readonly id?: string;
  /** `message` when the host gave none. */
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventReader extends AsyncDisposable {
  readonly response: Response;
  /** The next one that is no heartbeat; undefined when the host has ended the stream. */
  next(): Promise<Heard | undefined>;
  /** The next that is an event, with its id. */
  event(): Promise<Readonly<Record<string, unknown>>>;
}

export async function openEvents(
  url: string,
  headers: Readonly<Record<string, string>>,
  { beats = false }: { readonly beats?: boolean } = {},
): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(`${url}/api/events`, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: abort.signal,
  });
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';

  async function next(): Promise<Heard | undefined> {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end !== -1) {
        const heard = parse(text.slice(0, end));
        text = text.slice(end + 2);
        if (beats || heard.name !== 'beat') return heard;
        continue;
      }
      const { value, done } = (await chunks?.read()) ?? { value: undefined, done: true };
      if (done) return undefined;
      text += value;
    }
  }

  return {
    response,
    next,
    async event() {
      const heard = await next();
      if (heard?.name !== 'message') throw new Error(`no event but ${JSON.stringify(heard)}`);
      return heard.data;
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await chunks?.cancel().catch(() => {});
    },
  };
}

function parse(text: string): Heard {
  const fields = new Map(
    text.split('\n').map((line): [string, string] => {
      const [name = '', ...value] = line.split(': ');
      return [name, value.join(': ')];
    }),
  );
  const id = fields.get('id');
  const data = JSON.parse(fields.get('data') || '{}') as Heard['data'];
  return { ...(id === undefined ? {} : { id }), name: fields.get('event') ?? 'message', data };
}

// What a widget on a page asks of which host: its attributes, read. Widgets with the same question share one answer.

export interface Question {
  /** Origin of the host. */
  readonly src: string;
  readonly token: string | undefined;
  readonly what:
    | { readonly widget: string; readonly days: number | undefined }
    | {
        readonly plugin: string;
        readonly template: string;
        /** Left out: all of the plugin. */
        readonly instances: readonly string[] | 'all';
      };
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Attributes {
  readonly src: string | null;
  readonly token: string | null;
  readonly widget: string | null;
  readonly plugin: string | null;
  readonly template: string | null;
  readonly instance: string | null;
  readonly params: string | null;
  readonly days: string | null;
}

/** What is asked; text: what is wrong with the attributes, for whoever wrote the page. */
export function parseQuestion(attributes: Attributes): Question | string {
  const { token, widget, plugin, template, instance, days } = attributes;
  const src = URL.parse(attributes.src ?? '', document.baseURI)?.origin;
  if (src === undefined || !/^https?:/.test(src))
    return 'src must be the address of a Jackfield host, such as https://jackfield.example';
  const params = parseParams(attributes.params);
  if (params === undefined) return 'params must be a JSON object';
  const common = { src, token: token || undefined, params };
  if (widget) return { ...common, what: { widget, days: Number(days) > 0 ? Number(days) : undefined } };
  if (!plugin || !template) return 'widget must be the id of a widget, or plugin and template must name a template';
  const ids = (instance ?? '').split(/[\s,]+/).filter((id) => id !== '');
  return { ...common, what: { plugin, template, instances: ids.length === 0 ? 'all' : ids } };
}

/** The same for everybody who asks the same. */
export function keyOf(question: Question): string {
  return JSON.stringify(question);
}

function parseParams(text: string | null): Readonly<Record<string, unknown>> | undefined {
  if (!text) return {};
  try {
    const params: unknown = JSON.parse(text);
    return typeof params === 'object' && params !== null && !Array.isArray(params)
      ? (params as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

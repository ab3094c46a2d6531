// Names of client parameters. The old mappings were keyed by system: what two systems call `key` must not be one parameter.

/** `jira` and `project_key` give `jiraProjectKey`; the identifier of a mapping is `jiraIdentifier`. */
export function parameterNameOf(plugin: string, ...path: readonly string[]): string {
  const words = [plugin, ...path].flatMap(wordsOf);
  const isIdentifier = path.length === 1 && /^external_?identifier$/i.test(path[0] ?? '');
  const named = isIdentifier ? [...wordsOf(plugin), 'identifier'] : words;
  return named
    .map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1)))
    .join('')
    .slice(0, 60);
}

/** In small letters; camelCase and snake_case are taken apart. */
function wordsOf(name: string): string[] {
  return name
    .normalize('NFKD')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

export interface FlatParameters {
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** JSON pointers of what can be no parameter: lists, and what is nothing. */
  readonly left: readonly string[];
}

/** The longest that a parameter may be. */
const LONGEST = 4000;

/** Objects are taken apart: `{"board": {"id": 7}}` is `jiraBoardId`. */
export function flatParameters(plugin: string, document: Readonly<Record<string, unknown>>): FlatParameters {
  const parameters: Record<string, string | number | boolean> = {};
  const left: string[] = [];
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
    } else if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) {
      parameters[parameterNameOf(plugin, ...path)] = value;
    } else if (typeof value === 'string' && value.length <= LONGEST) {
      parameters[parameterNameOf(plugin, ...path)] = value;
    } else if (Array.isArray(value) && value.every((item) => typeof item === 'string' || typeof item === 'number')) {
      parameters[parameterNameOf(plugin, ...path)] = value.join(',');
    } else if (value !== null) {
      left.push(`/${path.join('/')}`);
    }
  };
  walk(document, []);
  return { parameters, left };
}

// A vendor may be signed in to in several ways, each with fields of its own. A form shows those of one.
import type { PluginDetails } from '@jackfield/host/answers';

export interface SignInWay {
  readonly fields: readonly string[];
  /** "E-mail and API token" */
  readonly label: string;
}

type Properties = Readonly<Record<string, { readonly title?: string; readonly writeOnly?: boolean } | undefined>>;

export function waysOf({ auth = [], config }: Pick<PluginDetails, 'auth' | 'config'>): SignInWay[] {
  const properties = propertiesOf(config);
  return auth.map((scheme) => {
    const named = Object.values(scheme).filter((value): value is string => typeof value === 'string');
    const fields = named.filter((name) => Object.hasOwn(properties, name));
    const titles = fields.map((field) => properties[field]?.title ?? field);
    return { fields, label: new Intl.ListFormat('en').format(titles) };
  });
}

/** The first one whose fields are all there, as the host chooses it; else one that is a name and a password, or else the shortest. */
export function wayOf(ways: readonly SignInWay[], present: ReadonlySet<string>): number {
  const isUsed = ({ fields }: SignInWay): boolean => fields.length > 0 && fields.every((field) => present.has(field));
  const length = ({ fields }: SignInWay): number => (fields.length === 2 ? 0 : fields.length);
  const shortest = ways.toSorted((one, other) => length(one) - length(other))[0];
  const chosen = ways.find(isUsed) ?? shortest;
  return chosen === undefined ? 0 : ways.indexOf(chosen);
}

/** Fields of the other ways. */
export function fieldsOfOthers(ways: readonly SignInWay[], chosen: number): ReadonlySet<string> {
  const own = new Set(ways[chosen]?.fields);
  return new Set(ways.flatMap(({ fields }) => fields).filter((field) => !own.has(field)));
}

export function secretsOf(config: PluginDetails['config']): ReadonlySet<string> {
  const entries = Object.entries(propertiesOf(config));
  return new Set(entries.filter(([, field]) => field?.writeOnly === true).map(([name]) => name));
}

function propertiesOf(config: PluginDetails['config']): Properties {
  return (config as { readonly properties?: Properties } | undefined)?.properties ?? {};
}

// A plugin's config schema at work: what a config must look like, which of its fields are secret, where it points.
import type { PluginManifest } from '@jackfield/schemas';
import { type FieldError, Problem } from '../errors.ts';
import type { PluginVersion } from '../kernel/index.ts';
import { compileSchema, toFieldErrors } from '../schema.ts';
import { clientCertificateErrors, tlsErrors } from './tls-config.ts';

type Config = Readonly<Record<string, unknown>>;

/** A valid config with its defaults, taken apart. */
export interface ParsedConfig {
  /** Without the secret fields. */
  readonly visible: Config;
  readonly secrets: ReadonlyMap<string, string>;
  /** http or https, without a trailing slash; null when there is none. */
  readonly baseUrl: string | null;
}

export interface ConfigSchema {
  /** Top-level fields with `writeOnly: true`. */
  readonly secretFields: ReadonlySet<string>;
  /**
   * Takes a config with its secrets. Throws `config_invalid` with a pointer for each fault and no value; `instanceId` says
   * whose config it is when the caller did not send it.
   */
  parse(config: Config, instanceId?: string): ParsedConfig;
  /** Where the config's secrets are sent. Throws `config_invalid` when one of the places is unusable. */
  destinationsOf(config: Config): readonly Destination[];
}

export interface Destination {
  /** For people: `the base URL`. */
  readonly what: string;
  /** Null when the config does not say. */
  readonly origin: string | null;
  /** Secret fields that are sent there. */
  readonly fields: ReadonlySet<string>;
}

const compiled = new WeakMap<PluginManifest, ConfigSchema>();

/** Throws `plugin_failed` when the plugin's schema cannot be compiled. */
export function configSchemaOf({ manifest }: PluginVersion): ConfigSchema {
  const known = compiled.get(manifest);
  if (known) return known;
  const schema = createConfigSchema(manifest);
  compiled.set(manifest, schema);
  return schema;
}

/** The same fields without compiling the schema, which may fail. */
export function secretFieldsOf({ config }: PluginManifest): ReadonlySet<string> {
  const secret = Object.entries(config.properties).filter(([, property]) => property['writeOnly'] === true);
  return new Set(secret.map(([field]) => field));
}

function createConfigSchema(manifest: PluginManifest): ConfigSchema {
  const validate = compileConfig(manifest);
  const baseUrlField = manifest.network.baseUrl;
  const invalid = (errors: readonly FieldError[], instanceId?: string): Problem => {
    const whose = instanceId === undefined ? 'the config' : `the config of instance "${instanceId}"`;
    const detail = `${whose} does not fit version ${manifest.version} of the plugin "${manifest.name}"`;
    const about = instanceId === undefined ? {} : { instanceId };
    return new Problem('config_invalid', detail, { errors: distinct(errors), plugin: manifest.name, ...about });
  };
  const baseUrlOf = (config: Config): unknown => (baseUrlField === null ? undefined : config[baseUrlField]);
  const secretFields = secretFieldsOf(manifest);
  const tokenUrls = manifest.auth.filter((scheme) => scheme.type === 'oauth2');
  const tokenUrlErrorsOf = (config: Config): FieldError[] =>
    tokenUrls.flatMap(({ tokenUrl }) => urlErrors(config[tokenUrl], tokenUrl, true));
  const { tls, clientCertificate } = manifest.network;
  return {
    secretFields,
    destinationsOf(config) {
      const value = baseUrlOf(config);
      const errors = [...urlErrors(value, baseUrlField), ...tokenUrlErrorsOf(config)];
      if (errors.length > 0) throw invalid(errors);
      return [
        { what: 'the base URL', origin: originOf(value), fields: secretFields },
        ...tokenUrls.map(({ tokenUrl, clientSecret, refreshToken }) => ({
          what: `"${tokenUrl}"`,
          origin: originOf(config[tokenUrl]),
          fields: new Set(refreshToken === undefined ? [clientSecret] : [clientSecret, refreshToken]),
        })),
      ];
    },
    parse(config, instanceId) {
      const values = structuredClone(config);
      const errors = validate(values) ? [] : toFieldErrors(validate.errors, '/config');
      const secrets = new Map<string, string>();
      for (const field of secretFields) {
        const value = values[field];
        if (typeof value === 'string' && value !== '') secrets.set(field, value);
        else if (value === '')
          errors.push({ pointer: `/config/${field}`, message: 'is empty; send null to remove it' });
        else if (value !== undefined) errors.push({ pointer: `/config/${field}`, message: 'must be string' });
      }
      const baseUrl = baseUrlOf(values);
      errors.push(...urlErrors(baseUrl, baseUrlField), ...tokenUrlErrorsOf(values));
      if (tls !== undefined) {
        const said = new Set(errors.map(({ pointer }) => pointer));
        errors.push(...tlsErrors(values[tls], tls).filter(({ pointer }) => !said.has(pointer)));
      }
      if (clientCertificate !== undefined) errors.push(...clientCertificateErrors(clientCertificate, values));
      if (errors.length > 0) throw invalid(errors, instanceId);
      return {
        visible: Object.fromEntries(Object.entries(values).filter(([field]) => !secretFields.has(field))),
        secrets,
        baseUrl: typeof baseUrl === 'string' ? baseUrl.replace(/\/+$/, '') : null,
      };
    },
  };
}

function compileConfig(manifest: PluginManifest): ReturnType<typeof compileSchema> {
  try {
    // A misspelt secret must not be stored, and shown, as an ordinary field: only an author who says so gets unknown fields.
    return compileSchema({ additionalProperties: false, ...manifest.config });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const detail = `the config schema of the plugin "${manifest.name}" ${manifest.version} cannot be used: ${reason}`;
    throw new Problem('plugin_failed', detail, {
      next: "Report it to the plugin's author, or use another version of the plugin.",
      plugin: manifest.name,
      cause,
    });
  }
}

/** The gateway refuses the same; here the person who types it is told. The URL is not repeated: it may hold a password. */
function urlErrors(value: unknown, field: string | null, mayHaveQuery = false): FieldError[] {
  if (value === undefined || field === null) return [];
  const fault = urlFault(value, mayHaveQuery);
  return fault === undefined
    ? []
    : [{ pointer: `/config/${field}`, message: `must be an http or https URL, but ${fault}` }];
}

function urlFault(value: unknown, mayHaveQuery: boolean): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url === null) return 'it is not a URL';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `its scheme is "${url.protocol}"`;
  if (url.username !== '' || url.password !== '') return 'it holds a user name or password: use the fields for those';
  if (url.hash !== '' || (url.search !== '' && !mayHaveQuery)) return 'it has a query or fragment';
  return undefined;
}

/** Of a value without faults. */
function originOf(value: unknown): string | null {
  return typeof value === 'string' ? new URL(value).origin : null;
}

/** One message per field: "must be string" twice helps nobody. */
function distinct(errors: readonly FieldError[]): FieldError[] {
  return [...new Map(errors.map((error) => [`${error.pointer} ${error.message}`, error])).values()];
}

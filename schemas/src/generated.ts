// Generated from schemas/*.schema.json by `npm run generate`. Do not edit.
export type AuthScheme =
  | {
      type: "basic";
      /**
       * Config field that holds the user name.
       */
      username: string;
      /**
       * Secret config field that holds the password or API token.
       */
      password: string;
    }
  | {
      type: "bearer";
      /**
       * Secret config field that holds the token.
       */
      token: string;
    }
  | {
      type: "apiKey";
      in: "header" | "query";
      /**
       * Name of the header or query parameter.
       */
      name: string;
      /**
       * Secret config field that holds the key.
       */
      value: string;
    }
  | {
      type: "oauth2";
      grant: "client_credentials" | "refresh_token";
      /**
       * Config field that holds the token endpoint's URL: on the base URL's origin or a granted host.
       */
      tokenUrl: string;
      /**
       * Config field that holds the client id.
       */
      clientId: string;
      /**
       * Secret config field that holds the client secret.
       */
      clientSecret: string;
      /**
       * Secret config field that holds the refresh token, for that grant; the host stores the one that a vendor replaces it with.
       */
      refreshToken?: string;
      /**
       * Scopes to ask for.
       *
       * @maxItems 50
       */
      scopes?: string[];
    };
export type FieldName = string;
/**
 * A DNS name, or `*.` and a DNS name for its subdomains. HTTPS on port 443 only.
 */
export type HostName = string;
export type ContributionId = string;
/**
 * All of them hold.
 *
 * @maxItems 20
 */
export type ViewConditions = ViewCondition[];
export type Milliseconds = number;
export type RouteSecret =
  | {
      type: "hmac-sha256";
      /**
       * Header that carries the hexadecimal HMAC of the body.
       */
      header: string;
      /**
       * What stands before it: `sha256=`.
       */
      prefix?: string;
      /**
       * Secret config field that holds the key.
       */
      secret: string;
    }
  | {
      type: "secret";
      in: "header" | "query";
      /**
       * Name of the header or query parameter.
       */
      name: string;
      /**
       * Secret config field that it must equal.
       */
      secret: string;
    };
/**
 * Columns that are shown, in this order. Left out: all.
 *
 * @maxItems 100
 */
export type FieldNames = FieldName[];
/**
 * Columns of the values.
 *
 * @maxItems 100
 */
export type FieldNames1 = FieldName[];
/**
 * Config fields that must be set on an instance that takes part.
 *
 * @maxItems 100
 */
export type FieldNames2 = FieldName[];

/**
 * plugin.json: everything the host knows about a plugin without running its code. Written by `jackfield-plugin build`.
 */
export interface PluginManifest {
  $schema?: string;
  /**
   * Version of the contract between plugin and host.
   */
  apiVersion: 1;
  /**
   * Identifies the plugin on a host.
   */
  name: string;
  /**
   * The vendor system's name as people write it.
   */
  displayName: string;
  /**
   * One sentence on what the plugin gives.
   */
  description?: string;
  /**
   * The plugin's semantic version.
   */
  version: string;
  /**
   * Semantic version range of the hosts it works with.
   */
  host: string;
  /**
   * PNG or SVG as a data URI; shown as an image only.
   */
  icon?: string;
  config: ObjectSchema;
  /**
   * Raised when config changes its shape.
   */
  configVersion: number;
  /**
   * Steps between versions of config, each up and down, without a gap and up to configVersion.
   *
   * @maxItems 1000
   */
  migrations?: ConfigMigration[];
  /**
   * Ways to sign in to the vendor; the first one whose fields are all set is used.
   *
   * @maxItems 10
   */
  auth: AuthScheme[];
  network: Network;
  limits: Limits;
  rateLimits: RateLimits;
  /**
   * Whether the plugin can test a connection.
   */
  check: boolean;
  /**
   * Default queries by id.
   */
  queries: {
    [k: string]: ManifestQuery;
  };
  /**
   * Tables of vendor records that can be synced, by id.
   */
  streams?: {
    [k: string]: ManifestStream;
  };
  /**
   * What the vendor may call, by id: below /api/instances/:id/routes.
   */
  routes?: {
    [k: string]: ManifestRoute;
  };
  /**
   * Widget templates by id.
   */
  widgets?: {
    [k: string]: ManifestWidget;
  };
  /**
   * Work with side effects that the host asks for when something happens, by id.
   */
  jobs?: {
    [k: string]: ManifestJob;
  };
  bundle: Bundle;
}
/**
 * A JSON Schema of an object. In `config`, secret fields are top-level string properties with `writeOnly: true`.
 */
export interface ObjectSchema {
  type: "object";
  properties: {
    [k: string]: {
      [k: string]: unknown;
    };
  };
  [k: string]: unknown;
}
export interface ConfigMigration {
  from: number;
  to: number;
}
/**
 * Where the plugin may call. Credentials go to the instance's base URL only.
 */
export interface Network {
  /**
   * Config field that holds the instance's base URL; null when there is none.
   */
  baseUrl: FieldName | null;
  /**
   * Hosts beside the base URL; the host manifest must grant each.
   *
   * @maxItems 20
   */
  hosts: HostName[];
  /**
   * Config field (an object with `verify`, `caPem`, `fingerprint256`, `serverName`) that says how the certificate of the base URL's origin is checked.
   */
  tls?: string;
  /**
   * Config fields with the certificate, in PEM, that the host shows to the base URL's origin.
   */
  clientCertificate?: {
    /**
     * The certificate, with those that lead to its CA.
     */
    certificate: string;
    /**
     * Secret config field that holds its private key.
     */
    key: string;
  };
}
/**
 * What the plugin needs beyond the host's defaults; the host manifest must grant it.
 */
export interface Limits {
  /**
   * Memory of one thread, in MB.
   */
  memoryMb?: number;
  /**
   * Deadline of a query, in milliseconds; may be shorter than the host's, not longer.
   */
  queryTimeoutMs?: number;
}
/**
 * How hard one instance's vendor may be asked.
 */
export interface RateLimits {
  /**
   * Requests in flight per instance.
   */
  concurrency?: number;
  rate?: ManifestRate;
}
/**
 * A token bucket per instance and host.
 */
export interface ManifestRate {
  /**
   * Requests in `perMs` on average.
   */
  requests: number;
  perMs: number;
  /**
   * Requests at once after a quiet time.
   */
  burst: number;
}
export interface ManifestQuery {
  title: string;
  description?: string;
  params: ObjectSchema;
  /**
   * @maxItems 100
   */
  columns: Column[];
  /**
   * The columns come with the answer, and `columns` is empty.
   */
  dynamicColumns?: true;
  /**
   * Who may run it. Left out: every user.
   */
  role?: "user" | "engineer" | "manager" | "admin";
  /**
   * Who answers: the vendor, or the rows of a stream. Left out: the vendor.
   */
  source?: "live" | "synced";
  view?: ManifestView;
  /**
   * How long a result is served from the cache, in milliseconds.
   */
  cacheMs: number;
}
export interface Column {
  name: FieldName;
  /**
   * `date` is YYYY-MM-DD, `datetime` is RFC 3339 with offset, `json` is any JSON value. Every cell may be null.
   */
  type: "string" | "integer" | "number" | "boolean" | "date" | "datetime" | "json";
  /**
   * Unit of the number: `ms`, `s`, `h`, `d`, `%`, `bytes`, `bps`, …
   */
  unit?: string;
  /**
   * Heading for people.
   */
  label?: string;
}
/**
 * A read of synced rows: the rows themselves, or with groups or measures what they come to.
 */
export interface ManifestView {
  stream: ContributionId;
  /**
   * Of many instances, what a row is of: one of them (the first column is then `instance`), a client (`client`), or all together. Left out: an instance.
   */
  per?: "instance" | "client" | "all";
  where?: ViewConditions;
  /**
   * Rows that are gone at the vendor: with the others, or nothing else. Left out: without them.
   */
  deleted?: "with" | "only";
  /**
   * @maxItems 10
   */
  groupBy?: (FieldName | ViewBucket)[];
  /**
   * @maxItems 20
   */
  measures?: ViewMeasure[];
  /**
   * @maxItems 10
   */
  orderBy?: {
    column: FieldName;
    descending?: boolean;
  }[];
  limit?:
    | number
    | {
        param: FieldName;
      };
}
/**
 * Compared is with one of `value`, `param`, `agoMs` and `ago`. A condition on a param that is not given, and has no default, is left out.
 */
export interface ViewCondition {
  /**
   * A column of the stream, or a bucket.
   */
  column: string;
  op: "eq" | "ne" | "lt" | "lte" | "gt" | "gte" | "in" | "null" | "notNull";
  /**
   * A list for `in`.
   */
  value?: (string | number | boolean) | (string | number | boolean)[];
  /**
   * The value of this param of the query.
   */
  param?: string;
  /**
   * So many milliseconds before now.
   */
  agoMs?: number;
  /**
   * As long before now as this param says, in units of so many milliseconds; after now when they are negative.
   */
  ago?: {
    param: FieldName;
    unitMs: number;
  };
}
/**
 * The hour, day, week (its Monday) or month of a time, in the time zone of the instance's client. A row without the time is left out.
 */
export interface ViewBucket {
  name: FieldName;
  bucket: "hour" | "day" | "week" | "month";
  /**
   * Columns with the time. A row counts once for each that it has; a measure says with `at` for which it counts.
   *
   * @minItems 1
   * @maxItems 5
   */
  of: FieldName[];
  label?: string;
}
export interface ViewMeasure {
  name: FieldName;
  /**
   * `percent`: the share of rows for which `where` holds.
   */
  fn: "count" | "countDistinct" | "sum" | "avg" | "median" | "min" | "max" | "percent";
  /**
   * Left out for the count of rows, for `percent`, and for the time from `since` until now.
   */
  column?: string;
  /**
   * A time: what is measured is how long it is from then to `column`, or until now.
   */
  since?: string;
  /**
   * Of the time from `since`.
   */
  unit?: "s" | "min" | "h" | "d";
  /**
   * Rows count for this column of the bucket only.
   */
  at?: string;
  where?: ViewConditions;
  label?: string;
}
export interface ManifestStream {
  title: string;
  description?: string;
  /**
   * @minItems 1
   * @maxItems 100
   */
  columns: Column[];
  /**
   * Columns that tell the rows of one instance apart.
   *
   * @minItems 1
   * @maxItems 10
   */
  primaryKey: FieldName[];
  /**
   * Column that grows with every change: an older row never replaces a newer one.
   */
  version?: string;
  /**
   * How a deletion is noticed: the row is absent from a complete read, absent from a census and confirmed to be gone, or the vendor says so. `never`: history that is only added to.
   */
  deletion: "absence" | "census" | "explicit" | "never";
  /**
   * How often it is read by default, in milliseconds.
   */
  everyMs: number;
  /**
   * How long history is kept, in milliseconds.
   */
  retainMs?: number;
  census?: {
    everyMs: Milliseconds;
    /**
     * Share of a scope that may vanish at once; beyond it the vendor is doubted and nothing is deleted.
     */
    most: number;
  };
}
export interface ManifestRoute {
  title: string;
  description?: string;
  method: "GET" | "POST" | "PUT";
  path: string;
  /**
   * The first one whose secret is set on the instance decides; the host checks it before the plugin is asked.
   *
   * @minItems 1
   * @maxItems 5
   */
  verify: RouteSecret[];
  /**
   * How long the same request is refused, in milliseconds.
   */
  replayMs: number;
  /**
   * Streams whose rows it may change.
   *
   * @maxItems 20
   */
  streams: ContributionId[];
}
/**
 * Shows a query or a view: one of the two.
 */
export interface ManifestWidget {
  title: string;
  description?: string;
  kind: "stat" | "table" | "list" | "bar" | "pie" | "line" | "timeseries" | "gauge";
  query?: ContributionId;
  view?: ManifestView;
  /**
   * Params of the query.
   */
  params: {
    [k: string]: unknown;
  };
  columns?: FieldNames;
  /**
   * Column of the categories or the time.
   */
  x?: string;
  y?: FieldNames1;
  refreshMs: Milliseconds;
}
export interface ManifestJob {
  title: string;
  description?: string;
  trigger: "contractEnding";
  /**
   * @minItems 1
   * @maxItems 20
   */
  daysBefore: number[];
  requires: FieldNames2;
}
export interface Bundle {
  /**
   * Beside plugin.json.
   */
  file: "plugin.js";
  sha256: string;
  bytes: number;
}

/**
 * plugins.json: which plugin packages this host has, and what they may do. A bad entry fails that plugin, not the host.
 */
export interface HostManifest {
  $schema?: string;
  /**
   * @maxItems 500
   */
  plugins: HostManifestEntry[];
}
export interface HostManifestEntry {
  /**
   * npm name of the plugin package.
   */
  package: string;
  /**
   * Folder of the built package, or an npm tarball (`.tgz`); relative to this file.
   */
  path: string;
  /**
   * Exact version the package must have.
   */
  version?: string;
  /**
   * Subresource integrity of the tarball, or of dist/plugin.json for a folder. Required for a tarball.
   */
  integrity?: string;
  enabled?: boolean;
  /**
   * What the plugin's threads share. `plugin`: its instances share them. `client`: no thread runs code for two clients, and an instance of no client has its own. `process`: its threads are in a process of their own.
   */
  isolation?: "plugin" | "client" | "process";
  grant?: Grant;
}
/**
 * Permissions beyond the defaults. Nothing is granted by silence.
 */
export interface Grant {
  /**
   * Hosts beside the instance's base URL that the plugin may call.
   *
   * @maxItems 20
   */
  hosts?: string[];
  /**
   * Memory of one thread, in MB.
   */
  memoryMb?: number;
}

/**
 * The JSON answer of a query, streamed in the order columns, rows, then meta; or error instead of meta when the run failed after the first byte. Over many instances columns that come with the answers follow the rows.
 */
export type QueryResult = {
  columns: Column[];
  /**
   * One object per row, every declared column present, missing values null. Over many instances the first member is `instance`, the instance's id; a synced query may instead answer for each client (`client`, its id) or for all together.
   */
  rows: {
    [k: string]: unknown;
  }[];
  meta?: Meta;
  error?: Problem;
} & {
  [k: string]: unknown;
};

export interface Meta {
  rowCount: number;
  /**
   * When the vendor was asked; of synced rows, when it was last read.
   */
  asOf: string;
  stale?: Stale;
  /**
   * True when there are more rows than the limit.
   */
  truncated?: boolean;
  /**
   * Duration of the run that made these rows, in milliseconds.
   */
  elapsedMs: number;
  /**
   * Requests sent to the vendor by that run, retries included.
   */
  vendorCalls: number;
  /**
   * Over many instances: what became of each, in the order that was asked for. rowCount and vendorCalls are then sums, and asOf is that of the oldest rows.
   */
  instances?: InstanceState[];
}
/**
 * Present when the vendor failed and an older result is served; of synced rows, when their last read failed or there was none.
 */
export interface Stale {
  /**
   * Age of the rows, in milliseconds.
   */
  ageMs: number;
  /**
   * Error code of the failed run.
   */
  code: string;
  reason: string;
}
/**
 * What became of one instance of many.
 */
export interface InstanceState {
  id: string;
  name: string;
  /**
   * `stale`: the vendor failed, or was not asked yet, and older rows are served. `failed`: rows are missing.
   */
  state: "ok" | "stale" | "failed";
  /**
   * Its rows in this result; of one that failed, those sent before. 0 where rows are of many instances together.
   */
  rowCount: number;
  /**
   * When its vendor was asked, or last read.
   */
  asOf?: string;
  stale?: Stale;
  error?: Problem;
}

/**
 * Every error answer: an RFC 9457 problem document with a stable code and a next step.
 */
export interface Problem {
  type: string;
  title: string;
  status: number;
  /**
   * Stable; programs branch on it.
   */
  code:
    | "config_invalid"
    | "params_invalid"
    | "auth_failed"
    | "permission_denied"
    | "not_found"
    | "conflict"
    | "rate_limited"
    | "vendor_unavailable"
    | "vendor_error"
    | "vendor_bad_response"
    | "cursor_invalid"
    | "timeout"
    | "plugin_crashed"
    | "plugin_out_of_memory"
    | "plugin_failed"
    | "egress_denied"
    | "gone"
    | "internal";
  /**
   * What, where, expected, got. Never a secret, a stack trace or a vendor body.
   */
  detail: string;
  /**
   * What a person can do about it.
   */
  next: string;
  /**
   * Each fault of the input.
   */
  errors?: {
    /**
     * JSON pointer into the input.
     */
    pointer: string;
    message: string;
  }[];
  requestId?: string;
  runId?: string;
  plugin?: string;
  instanceId?: string;
  /**
   * When it is worth asking again, in milliseconds.
   */
  retryAfterMs?: number;
}

export type CassetteBody =
  | {
      /**
       * A JSON text that says just this.
       */
      json: {
        [k: string]: unknown;
      };
    }
  | {
      text: string;
    }
  | {
      base64: string;
    };

/**
 * What a vendor answered, recorded at the gateway, to be played to a plugin instead of the vendor. Holds no secret.
 */
export interface Cassette {
  $schema?: string;
  version: 1;
  /**
   * Name of the plugin that asked.
   */
  plugin: string;
  recordedAt?: string;
  /**
   * In the order in which they were answered.
   *
   * @maxItems 10000
   */
  exchanges: CassetteExchange[];
}
export interface CassetteExchange {
  request: CassetteRequest;
  response: CassetteResponse;
}
export interface CassetteRequest {
  method: string;
  /**
   * The base URL's origin is written `https://base.invalid`, whatever it was.
   */
  url: string;
  body?: CassetteBody;
}
export interface CassetteResponse {
  status: number;
  /**
   * @maxItems 1000
   */
  headers: string[][];
  body?: CassetteBody;
}

/**
 * conformance.json: how a build of a plugin did in the conformance suite. It counts for the bundle that it names, and for no other.
 */
export interface ConformanceReport {
  $schema?: string;
  /**
   * Name of the plugin.
   */
  plugin: string;
  /**
   * Of the plugin.
   */
  version: string;
  /**
   * The highest grade all of whose items, and all of those before it, passed or were skipped; null below bronze.
   */
  grade: "bronze" | "silver" | "gold" | null;
  /**
   * What was tried.
   */
  bundle: {
    sha256: string;
  };
  /**
   * Version of the SDK whose suite it was.
   */
  sdk: string;
  /**
   * In the order in which they were tried.
   *
   * @minItems 1
   * @maxItems 100
   */
  items: ConformanceItem[];
}
export interface ConformanceItem {
  id: string;
  /**
   * The one that needs it.
   */
  grade: "bronze" | "silver" | "gold";
  outcome: "passed" | "failed" | "skipped";
  /**
   * What is wrong, or why it was skipped.
   *
   * @maxItems 1000
   */
  because?: string[];
}

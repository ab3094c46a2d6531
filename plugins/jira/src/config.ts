import { forConfig, tlsConfig, type Context, type PublicConfig } from '@jackfield/sdk';

/** Upper case only: anything else could be read as a project's name, and the pattern keeps keys inert in JQL. */
const projectKeys = {
  type: 'array',
  maxItems: 100,
  uniqueItems: true,
  items: { type: 'string', pattern: '^[A-Z][A-Z0-9_]{1,254}$' },
} as const;

const webhookSecret = {
  type: 'string',
  minLength: 16,
  maxLength: 255,
  pattern: '^[\\x21-\\x7e]+$',
  writeOnly: true,
} as const;

export const config = {
  type: 'object',
  additionalProperties: false,
  required: ['baseUrl'],
  properties: {
    baseUrl: {
      type: 'string',
      format: 'uri',
      pattern: '^https?://[^\\s/?#@]+(/[^\\s?#]*)?$',
      maxLength: 500,
      title: 'Base URL',
      description:
        'https://<site>.atlassian.net, https://api.atlassian.com/ex/jira/<cloudId> (scoped tokens), or the address of Jira Data Center with its context path',
    },
    email: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      title: 'E-mail or user name',
      description: 'Cloud: the e-mail address of the account that owns the API token. Data Center: the user name.',
    },
    apiToken: {
      type: 'string',
      minLength: 1,
      maxLength: 4096,
      writeOnly: true,
      title: 'API token',
      description: 'Cloud: an API token. Data Center: the password.',
    },
    personalAccessToken: {
      type: 'string',
      minLength: 1,
      maxLength: 4096,
      writeOnly: true,
      title: 'Personal access token',
      description: 'Data Center 8.14 and later, instead of user name and password.',
    },
    oauthTokenUrl: {
      type: 'string',
      format: 'uri',
      pattern: '^https?://[^\\s/?#@]+(/[^\\s?#]*)?$',
      maxLength: 500,
      default: 'https://auth.atlassian.com/oauth/token',
      title: 'OAuth token URL',
      description: 'Cloud: as it is. Data Center: <base URL>/rest/oauth2/latest/token.',
    },
    oauthClientId: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      title: 'OAuth client id',
      description: 'Of a service account (Cloud), or of an application link or app together with a refresh token.',
    },
    oauthClientSecret: {
      type: 'string',
      minLength: 1,
      maxLength: 4096,
      writeOnly: true,
      title: 'OAuth client secret',
    },
    oauthRefreshToken: {
      type: 'string',
      minLength: 1,
      maxLength: 8192,
      writeOnly: true,
      title: 'OAuth refresh token',
      description:
        'Left out for a service account, which needs none. The host keeps the one that Jira gives in exchange.',
    },
    tls: tlsConfig,
    webhookSecret: {
      ...webhookSecret,
      title: 'Webhook secret',
      description: 'The secret of the webhook in Jira, with which Jira signs its calls.',
    },
    webhookUrlSecret: {
      ...webhookSecret,
      title: 'Webhook secret in the URL',
      description:
        'Only for a Jira Data Center whose webhooks have no secret: it is the "secret" parameter in the URL of the webhook. Not used when the webhook secret is set.',
    },
    projects: {
      ...projectKeys,
      title: 'Projects',
      description:
        'Keys of the projects this connection may be asked about; empty means every project the account sees.',
    },
    reminderProject: {
      ...projectKeys.items,
      title: 'Project of reminders',
      description: 'Key of the project in which reminders of contracts that end are created; empty means no reminders.',
    },
    reminderIssueType: {
      type: 'string',
      default: 'Task',
      minLength: 1,
      maxLength: 60,
      title: 'Issue type of reminders',
    },
    reminderLabels: {
      type: 'array',
      maxItems: 10,
      uniqueItems: true,
      items: { type: 'string', pattern: '^\\S+$', maxLength: 255 },
      title: 'Labels of reminders',
      description: 'In addition to the label that tells reminders apart.',
    },
  },
} as const;

export type JiraConfig = PublicConfig<typeof config>;
export type JiraContext = Context<JiraConfig>;

/** The helpers of the SDK with this plugin's config. */
export const { query, httpQuery, dynamicQuery, route, job } = forConfig(config);

/** Params that several queries share. */
export const param = {
  projects: {
    ...projectKeys,
    title: 'Projects',
    description: 'Project keys; empty means all projects of the connection.',
  },
  timeZone: {
    type: 'string',
    default: 'UTC',
    minLength: 1,
    maxLength: 64,
    title: 'Time zone',
    description: 'IANA name of the zone in which a day begins.',
  },
  highPriorities: {
    type: 'array',
    default: ['Highest', 'High'],
    minItems: 1,
    maxItems: 20,
    uniqueItems: true,
    items: { type: 'string', minLength: 1, maxLength: 255 },
    title: 'High priorities',
    description: 'Names of the priorities that count as high on this site.',
  },
  rowLimit: { type: 'integer', minimum: 1, maximum: 5000, default: 500, title: 'Rows at most' },
} as const;

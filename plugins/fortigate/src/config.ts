import { forConfig, tlsConfig, type Context, type PublicConfig } from '@jackfield/sdk';

// Letters, digits, dash and underscore are all a VDOM name may hold; nothing else reaches the URL.
const NAME = '[A-Za-z0-9_-]{1,31}';
export const VDOM_NAME = new RegExp(`^${NAME}$`);

export const config = {
  type: 'object',
  required: ['baseUrl', 'apiToken'],
  additionalProperties: false,
  properties: {
    baseUrl: {
      type: 'string',
      format: 'uri',
      pattern: '^https?://',
      maxLength: 500,
      title: 'Base URL',
      description: 'Where the administration interface answers, with its port: https://fw.example.com:8443',
    },
    apiToken: {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      writeOnly: true,
      title: 'API token',
      description: 'Token of a REST API administrator (config system api-user) whose trusthost includes this host.',
    },
    webhookSecret: {
      type: 'string',
      minLength: 16,
      maxLength: 200,
      writeOnly: true,
      title: 'Webhook secret',
      description: 'What the automation stitch sends as X-Jackfield-Secret. Without it the webhook is closed.',
    },
    tls: tlsConfig,
    vdoms: {
      type: 'array',
      minItems: 1,
      maxItems: 250,
      uniqueItems: true,
      items: { type: 'string', pattern: `^${NAME}$` },
      title: 'VDOMs',
      description: 'The VDOMs this instance may read. Without it: all that the token may read.',
    },
  },
} as const;

/** The context of a run of this plugin. */
export type Ctx = Context<PublicConfig<typeof config>>;

export const { query, httpQuery, dynamicQuery, stream, route } = forConfig(config);

/** Param `vdom` of queries whose rows say which VDOM they come from. */
export const vdomParam = {
  type: 'string',
  pattern: `^(\\*|${NAME}(,${NAME})*)$`,
  maxLength: 1000,
  default: '*',
  title: 'VDOM',
  description: 'A VDOM, several with commas between, or * for all.',
} as const;

/** Param `vdom` of queries whose rows belong to the device as a whole or to one VDOM. */
export const oneVdomParam = {
  type: 'string',
  pattern: `^(\\*|${NAME})$`,
  default: '*',
  title: 'VDOM',
  description: 'A VDOM, or * for the whole device.',
} as const;

import { forConfig } from '@jackfield/sdk';

export const config = {
  type: 'object',
  required: ['baseUrl', 'token', 'repository'],
  additionalProperties: false,
  properties: {
    baseUrl: { type: 'string', format: 'uri', title: 'Base URL', default: 'https://api.github.com' },
    token: {
      type: 'string',
      title: 'Access token',
      description: 'A fine-grained token that may read issues of the repository.',
      writeOnly: true,
    },
    repository: { type: 'string', title: 'Repository', description: 'owner/name', pattern: '^[\\w.-]+/[\\w.-]+$' },
    webhookSecret: {
      type: 'string',
      title: 'Webhook secret',
      description: 'As in the settings of the webhook.',
      writeOnly: true,
    },
  },
} as const;

export const { route, stream } = forConfig(config);

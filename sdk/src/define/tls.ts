/**
 * Schema of a config field that says how the vendor's certificate is checked. A plugin whose vendor is often run with a certificate of
 * its own takes it into its config and names the field in `network.tls`; the gateway does the rest, for the base URL's origin only.
 *
 * @example
 * import { bearer, definePlugin, tlsConfig } from '@jackfield/sdk';
 *
 * export default definePlugin({
 *   name: 'appliance',
 *   displayName: 'Appliance',
 *   config: {
 *     type: 'object',
 *     required: ['baseUrl', 'token'],
 *     properties: {
 *       baseUrl: { type: 'string', format: 'uri' },
 *       token: { type: 'string', writeOnly: true },
 *       tls: tlsConfig,
 *     },
 *   },
 *   auth: [bearer({ token: 'token' })],
 *   network: { tls: 'tls' },
 * });
 */
export const tlsConfig = {
  type: 'object',
  additionalProperties: false,
  title: 'TLS',
  description: "How the vendor's certificate is checked.",
  properties: {
    verify: {
      type: 'boolean',
      default: true,
      title: 'Check the certificate',
      description: 'Without it anybody on the way can read and change everything, credentials included.',
    },
    caPem: {
      type: 'string',
      maxLength: 65536,
      title: 'CA certificate',
      description: 'PEM, one or more. Trusted instead of the well-known CAs.',
    },
    fingerprint256: {
      type: 'string',
      pattern: '^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$',
      title: 'SHA-256 fingerprint',
      description: 'Of the one certificate that is accepted, self-signed or not. Colons and case do not matter.',
    },
    serverName: {
      type: 'string',
      maxLength: 253,
      pattern: '^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$',
      title: 'Server name',
      description: "The name in the certificate, when it is not the base URL's host.",
    },
  },
} as const;

// Walls of the gateway and of what holds credentials back.
import { patch, type Mutation, type Patch } from './mutation.ts';

const TARGET = 'host/src/gateway/thread/target.ts';
const ADDRESS = 'host/src/gateway/thread/address.ts';
const OUTGOING = 'host/src/gateway/thread/outgoing.ts';
const HEADER = 'host/src/gateway/thread/header.ts';
const WIRING = 'host/src/gateway/thread/wiring.ts';
const GATEWAY_RUN = 'host/src/gateway/thread/run.ts';

/** Every host counts as granted, however it is written and whatever its port is. */
const everyHost: Patch = patch(
  TARGET,
  '  throw denied(scope, url);\n}\n\n/** A query string',
  '  return { url, own: false };\n}\n\n/** A query string',
);
const everyScheme: Patch = patch(
  TARGET,
  '    throw new RefusedHost(url.host, `the scheme',
  "    if (scope.instanceId === '') throw new RefusedHost(url.host, `the scheme",
);
const everyPublic: Patch = patch(
  ADDRESS,
  "if (METADATA.has(ip.toString()) || ip.range() !== 'unicast') return false;",
  'if (ip.toString() !== "") return true;',
);
const everyRedirect: Patch = patch(OUTGOING, 'if (target.url.origin === origin) return', 'if (origin !== "") return');

export const GATEWAY: readonly Mutation[] = [
  {
    without: 'a judgement of hosts by their name',
    patches: [everyHost],
    groups: ['network', 'files'],
    tests: ['tests/gateway/policy.test.ts'],
  },
  {
    without: 'a judgement of hosts by the address that is connected to',
    patches: [everyPublic],
    groups: ['network'],
    tests: ['tests/gateway/ssrf.test.ts'],
  },
  {
    without: 'a judgement of hosts by name and by address',
    patches: [everyHost, everyPublic],
    groups: ['network'],
  },
  {
    without: 'redirects that stay on their origin',
    patches: [everyRedirect],
    groups: ['network'],
    tests: ['tests/gateway/redirect.test.ts'],
  },
  {
    without: 'redirects that stay on their origin, and a judgement of hosts by name and by address',
    patches: [everyRedirect, everyHost, everyPublic],
    groups: ['network'],
  },
  {
    without: 'a judgement of schemes and hosts',
    patches: [everyScheme, everyHost, everyPublic],
    groups: ['files', 'network'],
  },
  {
    without: 'addresses that not even a base URL may have',
    patches: [patch(ADDRESS, '!METADATA.has(ip.toString()) && !NEVER.has(ip.range())', 'ip.toString() !== ""')],
    tests: ['tests/gateway/ssrf.test.ts'],
  },
  {
    without: 'headers that a plugin may not set',
    patches: [patch(HEADER, 'if (FORBIDDEN.has(lower) || ', 'if (')],
    groups: ['network'],
    tests: ['tests/gateway/policy.test.ts'],
  },
  {
    without: 'caps on bodies',
    patches: [
      patch(WIRING, '    maxResponseSize: limits.bodyBytes,\n'),
      patch(WIRING, 'maxSize: limits.bodyBytes', 'maxSize: 2 ** 40'),
      patch('host/src/gateway/thread/exchange.ts', 'length > this.#limits.bodyBytes', 'length < 0'),
    ],
    groups: ['excess'],
    tests: ['tests/gateway/caps.test.ts'],
  },
  {
    without: 'a cap on what comes out of a compressed body',
    patches: [patch(WIRING, 'maxSize: limits.bodyBytes', 'maxSize: 2 ** 40')],
    tests: ['tests/gateway/caps.test.ts'],
  },
  {
    without: 'a cap on heads',
    patches: [patch(WIRING, 'maxHeaderSize: limits.headerBytes', 'maxHeaderSize: 2 ** 30')],
    tests: ['tests/gateway/streaming.test.ts'],
  },
  {
    without: 'a cap on the time of an answer',
    patches: [patch('host/src/gateway/thread/exchange.ts', '    this.#total.run();\n    signal.add', '    signal.add')],
    tests: ['tests/gateway/caps.test.ts'],
  },
  {
    without: 'a cap on messages that a run may send',
    patches: [
      patch(
        GATEWAY_RUN,
        'if (this.#messages > FREE_MESSAGES + MESSAGES_PER_ANSWER * this.#answers) return this.#break();',
        '',
      ),
    ],
    tests: ['tests/gateway/hostile.test.ts'],
  },
  {
    without: "a check of what comes over a run's port",
    patches: [
      patch(GATEWAY_RUN, 'const message = parseToGateway(value);', 'const message = value as RequestMessage;'),
      patch(GATEWAY_RUN, '    if (message === undefined) return this.#break();\n'),
    ],
    tests: ['tests/gateway/hostile.test.ts'],
  },
  {
    without: 'a trial of credentials that are not known to be good',
    patches: [
      patch('host/src/gateway/thread/trial.ts', 'while (this.#pending !== undefined && ', 'while (this.#sent < 0 && '),
    ],
    tests: ['tests/gateway/trial.test.ts', 'tests/health/holds.test.ts'],
  },
  {
    without: 'a memory of credentials that were refused',
    patches: [
      patch(
        'host/src/gateway/thread/trial.ts',
        'return isRefused() ? undefined : this.#carry();',
        'return this.#carry();',
      ),
    ],
    tests: ['tests/gateway/trial.test.ts', 'tests/health/holds.test.ts'],
  },
  {
    without: 'a rate and places of an instance',
    patches: [
      patch('host/src/gateway/thread/gate.ts', 'await this.#timed(counters, this.#bucket.take(signal, urgent));', ''),
    ],
    tests: ['tests/gateway/pace.test.ts'],
  },
  {
    without: 'a breaker',
    patches: [
      patch(
        'host/src/gateway/thread/gate.ts',
        '    if (isVendor) this.#breaker.assertAdmits(origin, urgent);\n    return',
        '    return',
      ),
      patch(
        'host/src/gateway/thread/gate.ts',
        '    if (isVendor) this.#breaker.assertAdmits(origin, urgent);\n    await',
        '    await',
      ),
      patch(
        'host/src/gateway/thread/gate.ts',
        'isVendor ? this.#breaker.admit(origin, urgent) : UNCOUNTED',
        'UNCOUNTED',
      ),
    ],
    tests: ['tests/gateway/breaker.test.ts'],
  },
  {
    without: 'a judgement of certificates',
    patches: [
      patch(
        'host/src/gateway/thread/certificate.ts',
        '  const { verify, fingerprint256, caPem } = settings ?? STANDARD;\n',
        "  const { verify, fingerprint256, caPem } = settings ?? STANDARD;\n  if (origin !== '') return undefined;\n",
      ),
    ],
    tests: ['tests/gateway/tls.test.ts'],
  },
  {
    without: 'a judgement of addresses behind a proxy',
    patches: [
      patch(
        'host/src/gateway/thread/tunnel.ts',
        '    if (allowed(host)) return host;\n    throw refusal(host);',
        '    return host;',
      ),
      patch(
        'host/src/gateway/thread/tunnel.ts',
        'guardedLookup(allowed, resolve)',
        'guardedLookup(() => true, resolve)',
      ),
    ],
    tests: ['tests/gateway/proxy.test.ts'],
  },
  {
    without: 'credentials for the base URL alone',
    patches: [patch(OUTGOING, 'const own = target.own ? credentials : null;', 'const own = credentials;')],
    tests: ['tests/gateway/credentials.test.ts', 'tests/gateway/policy.test.ts'],
  },
  {
    without: 'the removal of credentials from headers that a vendor repeats',
    patches: [
      patch(
        HEADER,
        "secrets.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text)",
        'secrets.length < 0 ? "" : text',
      ),
    ],
    tests: ['tests/gateway/credentials.test.ts'],
  },
  {
    without: 'the removal of secrets from cassettes',
    patches: [
      patch(
        'host/src/gateway/cassette-desk.ts',
        'this.#recorded.map((wire) => toExchange(wire, this.#secrets))',
        'this.#recorded.map((wire) => toExchange(wire, new Set()))',
      ),
    ],
    tests: ['tests/gateway/cassette.test.ts'],
  },
  {
    without: 'the removal of secrets from logs and errors',
    patches: [
      patch(
        'host/src/instances/redactor.ts',
        'longestFirst.reduce((rest, form) => rest.replaceAll(form, SECRET), text)',
        'text',
      ),
    ],
    groups: ['leaks'],
    tests: ['tests/http/secrets.test.ts'],
  },
  {
    without: 'the removal of secrets from the names of hosts that were refused',
    patches: [
      patch(
        'host/src/gateway/gateway.ts',
        'const { runId, plugin, redact = (text) => text } = caller;',
        'const { runId, plugin } = caller;\n    const redact = (text: string): string => text;',
      ),
    ],
    tests: ['tests/http/secrets.test.ts'],
  },
  {
    without: 'secrets held back from plugins',
    patches: [
      patch(
        'host/src/instances/view.ts',
        'config: parsed.visible,',
        'config: { ...parsed.visible, ...Object.fromEntries(parsed.secrets) },',
      ),
    ],
    groups: ['leaks'],
    tests: ['tests/sandbox/secrets.test.ts'],
  },
  {
    without: 'encryption of stored secrets',
    patches: [patch('host/src/secrets/cipher.ts', 'cipher.update(plain)', '(cipher.update(plain), plain)')],
    tests: ['tests/http/secrets.test.ts'],
  },
  {
    without: 'an audit of hosts that were refused',
    patches: [
      patch(
        'host/src/gateway/gateway.ts',
        'if (message.host !== null) this.#options.onDenied?.',
        'if (message.host === "") this.#options.onDenied?.',
      ),
    ],
    tests: ['tests/http/secrets.test.ts'],
  },
];

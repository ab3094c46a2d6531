// One configured connection on a bench. What it is made of is what an instance of a host is made of.
import type { Work } from '@jackfield/sdk/runtime';
import type { BenchDelivered, BenchDelivery, BenchInstance } from '@jackfield/sdk/testing';
import { Problem } from '../errors.ts';
import type { Gateway } from '../gateway/index.ts';
import { configSchemaOf, connectionOf, createLiveRedactor } from '../instances/index.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { ParamsValidator } from '../queries/index.ts';
import { type Delivery, isVerified, readAnswer, toPluginRequest, verificationOf } from '../routes/index.ts';
import { newRunId, type Sandbox, type SandboxRun } from '../sandbox/index.ts';
import { signed } from './signed.ts';

export interface InstanceParts {
  readonly plugin: PluginVersion;
  readonly gateway: Gateway;
  readonly sandbox: Sandbox;
  readonly params: ParamsValidator;
  readonly limits: Limits;
}

/** @throws Problem `config_invalid` */
export function connectInstance(
  { plugin, gateway, sandbox, params, limits }: InstanceParts,
  id: string,
  config: Record<string, unknown>,
  client: Readonly<Record<string, string | number | boolean>>,
): BenchInstance {
  const { manifest } = plugin;
  const parsed = configSchemaOf(plugin).parse(config);
  const connection = {
    ...connectionOf({ id, revision: '1' }, plugin, parsed, {}),
    secrets: [...parsed.secrets.values()],
  };

  const run = async (work: Work): Promise<SandboxRun> => {
    // A refusal, a pause or an open breaker would make a test depend on the one before it.
    await gateway.resetGate(id);
    const runId = newRunId();
    const redact = createLiveRedactor(connection.secrets, () => gateway.issuedTo(connection));
    const caller = { runId, plugin: manifest.name, urgent: work.kind === 'check', redact };
    return sandbox.run({
      runId,
      plugin,
      instance: { id, name: id },
      clientId: null,
      revision: '1',
      config: parsed.visible,
      client: { ...client },
      baseUrl: connection.baseUrl,
      work,
      deadline: deadlineOf(work, plugin, limits),
      openGateway: () => gateway.openRun(caller, connection),
      redact,
    });
  };

  const deliver = async (routeId: string, sent: BenchDelivery): Promise<BenchDelivered> => {
    const route = manifest.routes?.[routeId];
    if (route === undefined) throw new Problem('not_found', `the plugin has no route "${routeId}"`);
    const verifiedBy = verificationOf(route, parsed.secrets);
    if (verifiedBy === undefined) {
      const fields = route.verify.map(({ secret }) => secret).join(', ');
      throw new Problem(
        'permission_denied',
        `the route refuses everybody until one of these is in the config: ${fields}`,
      );
    }
    const plain: Delivery = {
      address: '127.0.0.1',
      instanceId: id,
      method: route.method,
      path: route.path,
      query: new URLSearchParams(sent.query),
      headers: Object.fromEntries(Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), value])),
      body: Buffer.from(sent.body),
    };
    const delivery = sent.signed ? signed(plain, verifiedBy.verification, verifiedBy.secret) : plain;
    if (!isVerified(verifiedBy.verification, verifiedBy.secret, delivery)) {
      throw new Problem('permission_denied', 'the secret or signature is missing or wrong');
    }
    const pluginRoute = { id: routeId, plugin, manifest: route };
    const shapes = route.streams.flatMap((name) => {
      const stream = manifest.streams?.[name];
      return stream ? [[name, { columns: stream.columns, primaryKey: stream.primaryKey }] as const] : [];
    });
    const request = toPluginRequest(delivery, pluginRoute, connection.secrets);
    const handled = await run({ kind: 'route', id: routeId, request, streams: Object.fromEntries(shapes) });
    while ((await handled.next()) !== null);
    const { problem, answer, vendorCalls } = await handled.result;
    if (problem !== undefined) throw problem;
    return { ...readAnswer(answer, pluginRoute, { runId: handled.runId, instanceId: id }), vendorCalls };
  };

  return { checkParams: (query, given) => params.check(plugin, query, given, 'json'), run, deliver };
}

function deadlineOf({ kind }: Work, { manifest }: PluginVersion, limits: Limits): number {
  switch (kind) {
    case 'check':
      return limits.checkDeadline;
    case 'load':
      return limits.pluginLoad;
    case 'query':
      return Math.min(limits.queryDeadline, manifest.limits.queryTimeoutMs ?? Infinity);
    case 'route':
      return limits.routes.deadline;
    case 'migration':
      return limits.configMigrations.deadline;
    case 'job':
      return limits.reminders.deadline;
    case 'stream':
    case 'census':
    case 'gone':
      return limits.sync.deadline;
  }
}

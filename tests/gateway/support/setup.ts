import { createGateway } from '../../../host/src/gateway/index.ts';
import type { Connection, Gateway, GatewayOptions, GatewayRun } from '../../../host/src/gateway/index.ts';
import { defaultLimits } from '../../../host/src/limits.ts';
import type { Limits } from '../../../host/src/limits.ts';
import { PortClient } from './port-client.ts';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly lines: LogLine[];
  open(connection: Partial<Connection>, urgent?: boolean): { run: GatewayRun; client: PortClient };
}

/** A started gateway with short waits between tries. */
export async function startGateway(
  limits: Partial<Limits['gateway']> = {},
  parts: Pick<GatewayOptions, 'clock' | 'refreshTokens' | 'onBreaker' | 'onCall' | 'hears' | 'cassette' | 'proxy'> = {},
): Promise<TestGateway> {
  const lines: LogLine[] = [];
  const gateway = createGateway({
    ...parts,
    limits: { ...defaultLimits.gateway, retryMin: 10, retryMax: 50, ...limits },
    log: {
      info: (fields, message) => lines.push({ level: 'info', fields, message }),
      warn: (fields, message) => lines.push({ level: 'warn', fields, message }),
      error: (fields, message) => lines.push({ level: 'error', fields, message }),
    },
  });
  await gateway.start();
  let runs = 0;
  return {
    gateway,
    lines,
    open(connection, urgent = false) {
      const run = gateway.openRun(
        { runId: `run-${++runs}`, plugin: 'desk', urgent },
        {
          instanceId: 'acme',
          revision: 1,
          baseUrl: null,
          hosts: [],
          credentials: null,
          ...connection,
        },
      );
      return { run, client: new PortClient(run.port) };
    },
    [Symbol.asyncDispose]: () => gateway.stop(),
  };
}

/** Looks until it holds, and fails loudly when it never does. */
export async function until(holds: () => boolean, what: string, deadline = 5_000): Promise<void> {
  const end = performance.now() + deadline;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`still not so after ${deadline} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

// A FortiGate's REST interface over HTTP or HTTPS: sign-in, faults and a journal around the answers.
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { selfSigned } from './certificate.ts';
import { applyChange, type Change } from './changes.ts';
import { Door } from './door.ts';
import { makeDevice } from './factory.ts';
import { parseFault, type Fault } from './faults.ts';
import { Gate, type RequestEntry } from './gate.ts';
import type { DeviceState } from './state.ts';
import { parseVersion } from './version.ts';

export interface FortiGateSimulatorOptions {
  /** 0, the default: any free port of 127.0.0.1. */
  readonly port?: number;
  /** Default 7.6.5. */
  readonly version?: string;
  /** `61F` (default), `60F` (no sensors) and others. */
  readonly model?: string;
  /** Default 4. */
  readonly vdoms?: number;
  /** Per VDOM, the implicit deny included. Default 200. */
  readonly policies?: number;
  /** Default 1. */
  readonly seed?: number;
  /** The token that gets in. Default `simulated-token`. */
  readonly token?: string;
  readonly faults?: readonly string[];
  /** How long a source stays locked out the first time, in milliseconds. Default 60,000. */
  readonly lockMs?: number;
  /** How long the faults `slow` and `slow-secondary` take, in milliseconds. Default 300. */
  readonly slowMs?: number;
  /** The device's clock, in milliseconds. */
  readonly now?: () => number;
  /** HTTPS: with a self-signed certificate made at start, or with one's own. Default: plain HTTP. */
  readonly tls?: boolean | { readonly keyPem: string; readonly certPem: string };
}

export interface FortiGateSimulator {
  readonly url: string;
  /** With HTTPS: the self-signed certificate, and the SHA-256 that an instance may pin. */
  readonly certificate: { readonly certPem: string; readonly fingerprint256: string } | undefined;
  readonly device: DeviceState;
  /** What was asked, in the order of the answers. */
  readonly requests: RequestEntry[];
  /** The faults in force; change them at any time. */
  readonly faults: Set<Fault>;
  /** The most requests that were being answered at once. */
  readonly peakInFlight: number;
  /** Until when 127.0.0.1 is locked out, in seconds since the epoch; 0 when it never was. */
  readonly lockedUntil: number;
  /** Lets something happen to the device. */
  change(change: Change): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function createFortiGateSimulator(options: FortiGateSimulatorOptions = {}): Promise<FortiGateSimulator> {
  const version = parseVersion(options.version ?? '7.6.5');
  const clock = options.now ?? Date.now;
  const sizes = { vdoms: options.vdoms ?? 4, policies: options.policies ?? 200 };
  const device = makeDevice(options.seed ?? 1, version, options.model ?? '61F', sizes, Math.floor(clock() / 1000));
  const gate = new Gate({
    device,
    door: new Door(options.token ?? 'simulated-token', version, (options.lockMs ?? 60_000) / 1000),
    clock,
    slowMs: options.slowMs ?? 300,
    faults: (options.faults ?? []).map(parseFault),
  });
  const made = options.tls === true ? selfSigned(device.hostname, clock()) : undefined;
  const pair = typeof options.tls === 'object' ? options.tls : made;
  const server = serverFor(pair, (request, response) => {
    // A mistake of the simulator must not look like a device that hangs.
    gate
      .handle(request, response)
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  // Sockets that a client keeps must not end just when it uses them again.
  server.keepAliveTimeout = 60_000;
  const port = await listen(server, options.port ?? 0);
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `${pair === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    certificate: made === undefined ? undefined : { certPem: made.certPem, fingerprint256: made.fingerprint256 },
    device,
    requests: gate.requests,
    faults: gate.faults,
    get peakInFlight() {
      return gate.peakInFlight;
    },
    get lockedUntil() {
      return gate.lockedUntil('127.0.0.1');
    },
    change: (change) => applyChange(device, change, clock() / 1000),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function serverFor(pair: { keyPem: string; certPem: string } | undefined, listener: RequestListener): Server {
  if (pair === undefined) return createServer(listener);
  return createTlsServer({ key: pair.keyPem, cert: pair.certPem }, listener);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

import { addressOf, firstOf, integerOf, numberOf, textOf, type Fields } from './cells.ts';
import type { Ctx } from './config.ts';
import { readRequired } from './device.ts';
import { listedResults, type Envelope } from './envelope.ts';
import { vdomScope } from './vdom.ts';

/** An IPsec tunnel, or one peer of a dial-up tunnel. */
export interface Tunnel {
  readonly vdom: string | null;
  readonly name: string;
  readonly dialUp: boolean;
  /** False for the configured side of a dial-up tunnel, which has no type in newer versions. */
  readonly typed: boolean;
  readonly remoteGw: string | null;
  readonly user: string | null;
  readonly inBytes: number | null;
  readonly outBytes: number | null;
  /** Seconds since phase 1 came up. */
  readonly age: number | null;
  readonly phase2: readonly Fields[];
}

export async function readTunnels(ctx: Ctx, vdom: string): Promise<Tunnel[]> {
  const envelopes = await readRequired(ctx, { path: 'monitor/vpn/ipsec', scope: vdomScope(ctx, vdom) });
  return envelopes.flatMap(tunnelsOf);
}

/** A tunnel without a name is what a missing right leaves of one. */
export function tunnelsOf({ vdom, results }: Envelope): Tunnel[] {
  return listedResults(results).flatMap((item) => {
    const name = textOf(item['name']);
    return name === null ? [] : [tunnelOf(vdom, name, item)];
  });
}

function tunnelOf(vdom: string | null, name: string, item: Fields): Tunnel {
  return {
    vdom,
    name,
    dialUp: item['type'] === 'dialup',
    typed: item['type'] !== '',
    remoteGw: addressOf(item['rgwy']),
    user: userOf(item),
    inBytes: numberOf(item['incoming_bytes']),
    outBytes: numberOf(item['outgoing_bytes']),
    age: integerOf(item['creation_time']),
    phase2: listedResults(item['proxyid']),
  };
}

const ADDRESS = /^[0-9.]+$|:/;

/** `username` is the peer's IKE identity: often a name, sometimes just the address of a client behind NAT. */
function userOf(item: Fields): string | null {
  const user = textOf(firstOf(item['user'], item['xauth_user']));
  if (user !== null) return user;
  const identity = textOf(item['username']);
  return identity === null || ADDRESS.test(identity) ? null : identity;
}

// What happens to a device while it runs. Each change leaves a state that a real device could be in.
import { reading, type Counter, type DeviceState, type VdomState } from './state.ts';

export type Change =
  /** Counters start from 0, as after a restart or when somebody cleared them. */
  | { readonly change: 'reset-counters' }
  /** The other member takes over: its serial, its host name, its own interface counters. */
  | { readonly change: 'failover' }
  /** A member no longer answers the primary, or answers again. */
  | { readonly change: 'lose-member' | 'regain-member'; readonly serial: string }
  /** Every policy gets another number; its uuid stays. */
  | { readonly change: 'renumber-policies'; readonly vdom: string }
  | { readonly change: 'remove-policy'; readonly vdom: string; readonly policyid: number }
  | { readonly change: 'remove-vdom'; readonly vdom: string }
  /** The VDOM leaves the api-user's list, or comes back to it. */
  | { readonly change: 'hide-vdom' | 'show-vdom'; readonly vdom: string }
  | { readonly change: 'remove-interface'; readonly vdom: string; readonly name: string }
  | { readonly change: 'link'; readonly vdom: string; readonly name: string; readonly up: boolean }
  /** A dial-up peer hangs up, or a tunnel is deleted from the configuration. */
  | { readonly change: 'remove-tunnel'; readonly vdom: string; readonly name: string }
  /** The monitor leaves a configured tunnel out, or lists it again. */
  | { readonly change: 'unlist-tunnel' | 'list-tunnel'; readonly vdom: string; readonly name: string };

/** `now` is in seconds. @throws Error when it names something the device does not have. */
export function applyChange(device: DeviceState, change: Change, now: number): void {
  switch (change.change) {
    case 'reset-counters':
      resetCounters(device, now);
      return;
    case 'failover':
      failOver(device, now);
      return;
    case 'lose-member':
    case 'regain-member':
      known(device.members, 'serial', change.serial).present = change.change === 'regain-member';
      return;
    case 'renumber-policies':
      for (const policy of vdomOf(device, change.vdom).policies) if (policy.policyid !== 0) policy.policyid += 1000;
      return;
    case 'remove-policy': {
      const vdom = vdomOf(device, change.vdom);
      vdom.policies = without(vdom.policies, 'policyid', change.policyid);
      return;
    }
    case 'remove-vdom':
      device.vdoms = without(device.vdoms, 'name', change.vdom);
      return;
    case 'hide-vdom':
      device.hidden.add(vdomOf(device, change.vdom).name);
      return;
    case 'show-vdom':
      device.hidden.delete(change.vdom);
      return;
    case 'remove-interface': {
      const vdom = vdomOf(device, change.vdom);
      vdom.interfaces = without(vdom.interfaces, 'name', change.name);
      return;
    }
    case 'link':
      known(vdomOf(device, change.vdom).interfaces, 'name', change.name).link = change.up;
      return;
    case 'remove-tunnel': {
      const vdom = vdomOf(device, change.vdom);
      vdom.tunnels = without(vdom.tunnels, 'name', change.name);
      return;
    }
    case 'unlist-tunnel':
    case 'list-tunnel':
      known(vdomOf(device, change.vdom).tunnels, 'name', change.name).listed = change.change === 'list-tunnel';
      return;
    default:
      throw new Error(`unknown change ${JSON.stringify(change)}`);
  }
}

function known<T, K extends keyof T>(list: readonly T[], field: K, value: T[K]): T {
  const item = list.find((item) => item[field] === value);
  if (item === undefined) throw new Error(`there is no ${String(field)} ${String(value)}`);
  return item;
}

function vdomOf(device: DeviceState, name: string): VdomState {
  return known(device.vdoms, 'name', name);
}

function without<T, K extends keyof T>(list: readonly T[], field: K, value: T[K]): T[] {
  known(list, field, value);
  return list.filter((item) => item[field] !== value);
}

function* countersOf(device: DeviceState): Generator<Counter> {
  for (const vdom of device.vdoms) {
    for (const port of vdom.interfaces) yield* [port.rx, port.tx];
    for (const policy of vdom.policies) yield* [policy.bytes, policy.packets];
    for (const tunnel of vdom.tunnels) for (const item of tunnel.phase2) yield* [item.in, item.out];
  }
}

function resetCounters(device: DeviceState, now: number): void {
  for (const counter of countersOf(device)) counter.base = 0;
  device.startedAt = now;
}

/** Each member counts for itself: after the failover every counter reads something else, here much more. */
function failOver(device: DeviceState, now: number): void {
  const next = device.members.find((member) => !member.primary && member.present);
  if (next === undefined) throw new Error('there is no member that could take over');
  for (const member of device.members) member.primary = member === next;
  device.serial = next.serial;
  device.hostname = next.hostname;
  for (const counter of countersOf(device)) counter.base = reading(counter, device, now) + 5_000_000_000_000;
  device.startedAt = now;
}

// How versions tell the state of the device: status, load, interfaces, HA, licences, logs.
import type { Asked } from './endpoints.ts';
import { loadAt, reading, RESOURCES, type LicenceState, type Resource } from './state.ts';
import { atLeast } from './version.ts';

/** FortiOS 6.2 says nothing here but the envelope. */
export function status({ device }: Asked): object {
  if (!atLeast(device.version, '6.4.0')) return {};
  return {
    model_name: device.model.name,
    model_number: device.model.number,
    model: device.model.code,
    hostname: device.hostname,
    log_disk_status: 'available',
  };
}

export function time({ now }: Asked): object {
  return { time: Math.floor(now) };
}

const STEPS: Readonly<Record<string, number>> = {
  '1-min': 3_000,
  '10-min': 30_000,
  '30-min': 90_000,
  '1-hour': 180_000,
  '12-hour': 2_160_000,
  '24-hour': 4_320_000,
};
const POINTS = 20;
const CORES = 4;

/** The newest sample of a resource. Memory and disk are sampled three seconds before the others. */
export function newestSample(resource: Resource, step: number, now: number): number {
  const early = resource === 'mem' || resource === 'disk' ? 3_000 : 0;
  return Math.floor((now * 1000) / step) * step - early;
}

export function resourceUsage({ device, query, now }: Asked): object {
  const only = query.get('resource');
  const interval = query.get('interval');
  const wanted = RESOURCES.filter((resource) => only === null || resource === only);
  const intervals = Object.entries(STEPS).filter(([name]) => interval === null || name === interval);
  return Object.fromEntries(
    wanted.map((resource) => {
      const entry = {
        current: loadAt(device, resource, now * 1000),
        historical: Object.fromEntries(
          intervals.map(([name, step]) => {
            const newest = newestSample(resource, step, now);
            const values = Array.from({ length: POINTS }, (_, index) => {
              const ms = newest - index * step;
              return [ms, loadAt(device, resource, ms)];
            });
            return [name, { values, start: newest - (POINTS - 1) * step, end: newest }];
          }),
        ),
      };
      // The average of the cores comes first, then each core.
      return [resource, resource === 'cpu' ? Array.from({ length: CORES + 1 }, () => entry) : [entry]];
    }),
  );
}

export function interfaces({ device, vdom, query, now }: Asked): object {
  const listed = vdom.interfaces.filter((item) => item.vlan === null || query.get('include_vlan') === 'true');
  return Object.fromEntries(
    listed.map((item) => {
      const rx = reading(item.rx, device, now);
      const tx = reading(item.tx, device, now);
      return [
        item.name,
        {
          id: item.name,
          name: item.name,
          alias: item.alias,
          mac: '00:00:00:00:00:00',
          ip: item.ip,
          mask: item.mask,
          link: item.link,
          speed: item.speed,
          duplex: item.link ? 1 : 0,
          rx_bytes: rx,
          tx_bytes: tx,
          rx_packets: Math.floor(rx / 800),
          tx_packets: Math.floor(tx / 800),
          rx_errors: item.rxErrors,
          tx_errors: item.txErrors,
          ...(item.vlan === null ? {} : { vlanid: item.vlan.id, interface: item.vlan.parent }),
        },
      ];
    }),
  );
}

export function haStatistics({ device, now }: Asked): object {
  return device.members
    .filter((member) => member.present)
    .map((member) => ({
      hostname: member.hostname,
      serial_no: member.serial,
      tnow: Math.floor(now - member.startedAt),
      sessions: member.sessions,
      ...(atLeast(device.version, '7.4.0') ? { sessions6: 0 } : {}),
      cpu_usage: member.cpu,
      mem_usage: member.mem,
      net_usage: 0,
      intr_usage: 0,
      vir_usage: 0,
      tbyte: 0,
      tpacket: 0,
    }));
}

/** Only `master` before 7.0; since then both names, the old ones as numbers. */
export function haChecksums({ device }: Asked): object {
  return device.members
    .filter((member) => member.present)
    .map(({ serial, primary, checksum }) => ({
      is_manage_master: primary ? 1 : 0,
      is_root_master: primary ? 1 : 0,
      ...(atLeast(device.version, '7.0.0') ? { is_manage_primary: primary, is_root_primary: primary } : {}),
      serial_no: serial,
      checksum: { all: checksum, global: checksum, root: checksum },
    }));
}

export function haPeer({ device }: Asked): object {
  return device.members.map(({ serial, primary, priority, hostname }) => ({
    serial_no: serial,
    vcluster_id: 0,
    priority,
    hostname,
    ...(atLeast(device.version, '7.6.0') ? {} : { master: primary }),
    ...(atLeast(device.version, '7.4.0') ? { primary } : {}),
  }));
}

function licenceShape(entry: LicenceState): object {
  return {
    type: entry.type,
    status: entry.status,
    ...(entry.expires === null ? {} : { expires: entry.expires }),
    ...(entry.version === null ? {} : { version: entry.version }),
    ...(entry.lastUpdate === null ? {} : { last_update: entry.lastUpdate }),
  };
}

export function licences({ device }: Asked): object {
  const named = (entries: readonly LicenceState[]): object => {
    return Object.fromEntries(entries.map((entry) => [entry.service, licenceShape(entry)]));
  };
  return {
    ...named(device.licences),
    forticare: { type: 'cloud_service_status', status: 'registered', support: named(device.support) },
    vdom: { type: 'platform', can_upgrade: false, max: 10, used: device.vdoms.length },
  };
}

export function webUiState({ device, now }: Asked): object {
  const reboot = device.members[0]?.startedAt ?? device.startedAt;
  return { utc_last_reboot: reboot * 1000, snapshot_utc_time: Math.floor(now * 1000), vdom_mode: 'multi-vdom' };
}

export function logDiskUsage(): object {
  return { free_bytes: 29_300_000_000, total_bytes: 30_000_000_000, used_bytes: 700_000_000 };
}

/** The 60F has no sensors, and 404 for them. */
export function sensors(): object {
  return [{ id: 1, name: 'Fan 1', type: 'fan', value: 4200, alarm: false }];
}

export function certificates({ now }: Asked): object {
  return [
    {
      name: 'vpn-portal',
      source: 'user',
      valid_from: Math.floor(now) - 345 * 86_400,
      valid_to: Math.floor(now) + 20 * 86_400,
      is_ca: false,
      issuer: { CN: 'R11', O: "Let's Encrypt" },
    },
    {
      name: 'Fortinet_Factory',
      source: 'factory',
      valid_from: Math.floor(now) - 400 * 86_400,
      valid_to: Math.floor(now) + 40 * 86_400,
      is_ca: false,
      issuer: { CN: 'fortinet-subca2001', O: 'Fortinet' },
    },
  ];
}

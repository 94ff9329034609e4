import type { BoxHealth, BoxImageFacts, BoxLogs, BoxResetPreview } from '../../../../main/contract/box/upkeep.ts';
import { nvme } from './data.ts';

const gib = 1024 ** 3;
export const imageFacts = (version: string): BoxImageFacts => ({
  version,
  builtAt: '2026-11-20T08:15:00Z',
  size: 3_221_225_472,
  base: 'Debian 13.2 (trixie), Linux 6.12.57',
  payload: 'bundle',
  signedBy: 'Hearth releases',
});

export const health = (worn: boolean): BoxHealth => ({
  uptime: 803_412,
  cpus: 4,
  load: [0.72, 0.81, 0.66],
  memory: { total: 16 * gib, available: 6.2 * gib },
  temperatures: [
    { name: 'CPU', celsius: 58, high: 100 },
    { name: 'NVMe', celsius: worn ? 71 : 44, high: 70 },
  ],
  filesystems: [
    { path: '/var', what: 'Machines, images and the cluster', total: 480 * gib, free: (worn ? 18 : 301) * gib },
    { path: '/boot/hearth', what: 'The system, both slots', total: 4 * gib, free: 1.9 * gib },
  ],
  disks: [
    {
      name: nvme.name, model: nvme.model, serial: nvme.serial, size: nvme.size,
      verdict: worn ? 'worn' : 'good', why: worn ? '103 % of what it is made to be written is used up.' : 'It reports no errors.',
      celsius: worn ? 71 : 44, powerOnHours: 12_204, used: worn ? 1.03 : 0.07, mediaErrors: 0,
    },
    { name: 'sda', model: 'USB bridge JMS567', serial: 'DD56419883891', size: 2_000_398_934_016, verdict: 'unknown', why: 'Its USB bridge passes no SMART on.' },
  ],
  failedUnits: worn ? [{ unit: 'smartmontools.service', lines: ['smartd[812]: Device: /dev/sda, unable to open ATA device'] }] : [],
  clock: { synchronised: !worn, timeZone: 'Europe/Berlin' },
  findings: worn
    ? [
        { tone: 'bad', title: 'The disk nvme0n1 is worn', detail: '103 % of what it is made to be written is used up.', fix: 'Make a copy of what matters and plan for another disk.' },
        { tone: 'warning', title: 'The clock is not set by the network', detail: 'No time server answered since the start.', fix: 'Let UDP port 123 through, or name a time server in your router.' },
        { tone: 'note', title: 'One service failed', detail: 'smartmontools.service ended with status 1.' },
      ]
    : [{ tone: 'good', title: 'All is well', detail: 'Disks, memory, temperatures and services were looked at.' }],
  at: new Date().toISOString(),
}); // prettier-ignore

export const logs = (): BoxLogs => ({
  lines: Array.from({ length: 60 }, (_, n) => ({
    at: new Date(Date.now() - (60 - n) * 7_000).toISOString(),
    unit: ['hearth-agent.service', 'k3s.service', 'NetworkManager.service'][n % 3] ?? '',
    text: ['state: ready', 'Trace[1092]: "List" (total time: 612ms)', 'device (enp3s0): state change: activated'][n % 3] ?? '',
  })),
}); // prettier-ignore

export const resetPreview = (name: string): BoxResetPreview => ({
  name,
  machines: [
    { namespace: 'default', name: 'db', status: 'Running', disk: 20 * gib },
    { namespace: 'default', name: 'media', status: 'Stopped', disk: 120 * gib },
    { namespace: 'lab', name: 'a-machine-with-a-rather-long-name-for-a-narrow-list', status: 'Running', disk: 8 * gib },
  ],
  images: 4,
  data: 179 * gib,
  apps: ['attic-pc', 'laptop of Grace'],
  kept: ['The system itself, version 0.2.0'],
});

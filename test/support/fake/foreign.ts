import type { Api } from '../../../main/contract/contract.ts';
import type { ForeignPreview } from '../../../main/contract/foreign.ts';
import { ProblemError } from '../../../main/contract/problem.ts';

const GiB = 2 ** 30;
const snapshot = 'web_1-000002.vmdk holds only the changes since a snapshot. Delete the snapshots in VMware (or clone the machine), so that one complete disk is left.'; // prettier-ignore
const found: ForeignPreview = {
  machine: {
    kind: 'vmware',
    name: 'Web server (old)',
    description: 'Ask Ada before a change.',
    arch: 'x86_64',
    cpus: { sockets: 1, cores: 4, threads: 1 },
    memory: 4 * GiB,
    firmware: 'uefi',
    secureBoot: true,
    tpm: true,
    sound: 'none',
    disks: [
      { slot: 'scsi0:0', was: 'pvscsi', bus: 'sata', file: 'web.vmdk', format: 'vmdk', size: 40 * GiB, bootOrder: 1, usable: true },
      { slot: 'scsi0:1', was: 'pvscsi', bus: 'sata', file: 'web_1-000002.vmdk', format: 'vmdk', bootOrder: 2, usable: false, why: snapshot },
    ],
    cds: [{ slot: 'sata0:1' }],
    nics: [{ slot: 'ethernet0', was: 'vmxnet3', model: 'virtio', mac: '00:0c:29:17:e2:a1', network: 'VM Network' }],
    os: { family: 'linux', name: 'Debian', preferences: ['debian', 'linux'] },
    left: [
      { what: 'PCI devices passed through', why: 'They belong to the other computer. Those of this one are given on the page of the machine.' },
      { what: 'The size of scsi0:1', why: 'The description does not tell it: 20 GiB stand in while its image is not in the library.' },
    ],
  },
  input: {
    namespace: 'default',
    name: 'web-server-old',
    description: 'Ask Ada before a change.',
    source: { type: 'image', image: { namespace: 'hearth-images', name: 'debian-12' } },
    size: { type: 'free', sockets: 1, cores: 4, threads: 1, memory: 4 * GiB },
    firmware: 'uefi-secure',
    tpm: 'persistent',
    rootDisk: { bus: 'sata' },
    extraDisks: [{ name: 'disk2', size: 20 * GiB, bus: 'sata' }],
    network: { podNetwork: true, model: 'virtio', mac: '00:0c:29:17:e2:a1', others: [] },
    cloudInit: { type: 'none' },
    start: false,
  },
  disks: [
    { slot: 'scsi0:0', file: 'web.vmdk', image: { namespace: 'hearth-images', name: 'debian-12' } },
    { slot: 'scsi0:1', file: 'web_1-000002.vmdk' },
  ],
  preview: {
    yaml: 'apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata:\n  name: web-server-old\n  namespace: default\n',
    objects: [],
    warnings: [],
    capacity: { ok: true, detail: 'Needs 4.0 GiB of the 12.0 GiB of memory that are free.' },
  },
}; // prettier-ignore

/** Machines of other programs: whatever is given is the same one, and what says "hostile" is refused. */
export const fakeForeign = (answer: <T>(what: string, value: T) => Promise<T>): Api['foreign'] => ({
  preview: ({ files }) => {
    const [first] = files;
    const text = first && 'path' in first ? first.path : first ? `${first.name} ${atob(first.head)}` : '';
    if (text.includes('hostile'))
      throw new ProblemError({ code: 'foreign-bad', title: 'The description cannot be read', detail: 'It has a document type (DOCTYPE). No tool writes one into a machine, and it could name files of this computer or grow without end.', fix: 'Export or copy the description again, from the program that wrote it.' }); // prettier-ignore
    return answer('The description', found);
  },
});

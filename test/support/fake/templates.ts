import type { Api } from '../../../main/contract/contract.ts';
import type { DeviceReport } from '../../../main/contract/devices.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Task } from '../../../main/contract/task.ts';
import type { ManifestObject, TemplateVersion, TypeRow } from '../../../main/contract/templates.ts';
import type { FakeList } from './live.ts';
import { work } from './work.ts';
import { undoable } from './undo.ts';

const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();
const manifest = (memory: string): string => `apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata:
  name: \${NAME}
spec:
  runStrategy: RerunOnFailure
  template:
    spec:
      domain:
        memory:
          guest: ${memory}
        devices: {}
`;
const version = (number: number, note: string): TemplateVersion => ({
  version: number, createdAt: ago(30 / number), note, title: 'Web server', description: 'Debian with a web server and the keys of the house', manifest: manifest(`${number}Gi`),
  parameters: [
    { name: 'NAME', label: 'Name', description: 'Also the host name of the new machine.', required: true, secret: false },
    { name: 'PASSWORD', label: 'Password', description: '', required: true, secret: true },
  ],
}); // prettier-ignore

const typeRow = (more: Partial<TypeRow> & Pick<TypeRow, 'kind' | 'name'>): TypeRow => ({
  displayName: more.name, description: '', facts: [], bundled: true, machines: [],
  yaml: `apiVersion: instancetype.kubevirt.io/v1beta1\nkind: ${more.kind}\nmetadata:\n  name: ${more.name}\nspec:\n  cpu:\n    guest: 2\n`,
  ...more,
}); // prettier-ignore
let types: TypeRow[] = [
  ...['u1.small', 'u1.medium', 'u1.large', 'cx1.2xlarge'].map((name, at) => typeRow({ kind: 'VirtualMachineClusterInstancetype', name, cpus: at + 1, memory: 2 ** (31 + at), facts: at === 3 ? ['CPUs of its own', 'huge pages'] : [], machines: at === 1 ? [{ namespace: 'default', name: 'web' }] : [] })),
  typeRow({ kind: 'VirtualMachineInstancetype', name: 'a-size-of-the-house-with-a-very-long-name-indeed', namespace: 'default', bundled: false, cpus: 3, memory: 3 * 2 ** 30 }),
  typeRow({ kind: 'VirtualMachineClusterPreference', name: 'windows.11.virtio', displayName: 'Microsoft Windows 11 (virtio)', cpus: 2, memory: 2 ** 32, facts: ['UEFI with Secure Boot', 'persistent TPM', 'Hyper-V enlightenments', 'virtio disks'] }),
  typeRow({ kind: 'VirtualMachineClusterPreference', name: 'debian', facts: ['UEFI', 'virtio disks'] }),
]; // prettier-ignore

const devices: DeviceReport = {
  iommu: { tablePresent: false, groups: 0 },
  names: { pci: true, usb: true },
  usb: [
    { id: '1-2', name: 'Logitech, Inc. Unifying Receiver', ids: '046d:c52b', bus: 1, device: 4, speed: 12, hub: false, accessible: false, losses: [{ kind: 'keyboard', text: 'The keyboard “Logitech K400 Plus” of this computer.' }] },
    { id: '2-1', name: 'SanDisk Corp. Ultra', ids: '0781:5581', serial: '4C530001', bus: 2, device: 2, speed: 5000, hub: false, accessible: true, losses: [] },
  ],
  pci: [
    { address: '0000:00:00.0', name: 'Intel Corporation Host Bridge', ids: '8086:3ec2', className: 'Host bridge', together: [], bridge: true, losses: [] },
    { address: '0000:00:02.0', name: 'Intel Corporation UHD Graphics 630', ids: '8086:3e92', className: 'VGA compatible controller', driver: 'i915', together: [], bridge: false, losses: [{ kind: 'console', text: 'The only graphics card: its screen would stay dark.' }] },
    { address: '0000:00:1f.6', name: 'Intel Corporation Ethernet Connection (7) I219-V', ids: '8086:15bc', className: 'Ethernet controller', driver: 'e1000e', together: [], bridge: false, losses: [{ kind: 'network', text: 'The network card eno1, by which this computer reaches its network (default route).' }] },
  ],
}; // prettier-ignore

interface Tools {
  fresh: boolean;
  tasks: FakeList<Task>;
  answer: <T>(what: string, value: T) => Promise<T>;
}

/** Templates, manifests and devices as the preview shows them. */
export function fakeTemplates({ fresh, tasks, answer }: Tools): Pick<Api, 'templates' | 'manifests' | 'devices'> {
  let versions = fresh ? [] : [version(2, 'More memory'), version(1, '')];
  const objectsOf = (yaml: string): ManifestObject[] =>
    yaml.split(/^---$/m).flatMap((text, at) => {
      const kind = /^kind: *(\S+)/m.exec(text)?.[1];
      const name = /^ *name: *(\S+)/m.exec(text)?.[1] ?? 'unnamed';
      if (!kind) return [];
      const refused = /nonsense/.test(text);
      return [{ apiVersion: 'v1', kind, namespace: 'default', name, line: at + 1, result: refused ? 'refused' as const : 'new' as const, ...(refused && { detail: 'unknown field "spec.nonsense"' }) }];
    }); // prettier-ignore
  const report = (yaml: string) => {
    const objects = objectsOf(yaml);
    const bad = objects.filter(({ result }) => result === 'refused');
    const findings = bad.map(({ line, detail = '' }) => ({ severity: 'error' as const, message: detail, line, column: 1 })); // prettier-ignore
    return { objects, findings, ready: objects.length > 0 && bad.length === 0 };
  };
  const apply = (title: string, steps: string[]): string =>
    work(
      tasks,
      { type: 'manifest-apply', title },
      steps.map((each) => ({ title: each, seconds: 0.5 })),
    );
  return {
    templates: {
      list: () =>
        answer(
          'Reading the templates',
          versions[0]
            ? [{ namespace: 'default', name: 'web', title: versions[0].title, description: versions[0].description, version: versions[0].version, versions: versions.length, changedAt: versions[0].createdAt, parameters: versions[0].parameters.length, kinds: ['Secret', 'VirtualMachine'] }]
            : [],
        ), // prettier-ignore
      get: ({ namespace, name }) => answer('Reading a template', { namespace, name, versions, machines: [{ namespace: 'default', name: 'web', version: 1 }] }), // prettier-ignore
      fromMachine: ({ name }) => answer('Reading a machine', { name, title: name, manifest: manifest('1Gi'), parameters: version(1, '').parameters, notes: ['The MAC address of default is left out: each machine gets its own.'] }), // prettier-ignore
      check: () => answer('Checking', []),
      async save({ base, title, description = '', note = '', manifest: text, parameters }) {
        await answer('Saving', undefined);
        versions = [{ version: base + 1, createdAt: ago(0), title, description, note, manifest: text, parameters: parameters as TemplateVersion['parameters'] }, ...versions]; // prettier-ignore
        return { version: base + 1 };
      },
      async remove({ version: one }) {
        await answer('Deleting', undefined);
        const before = versions;
        versions = one === undefined ? [] : versions.filter((each) => each.version !== one);
        return undoable(() => (versions = before));
      },
      async preview({ values }) {
        if (!values['NAME']) throw new ProblemError({ code: 'template-values-missing', title: 'Something is missing', detail: 'Name is needed.', fields: { NAME: 'Name is needed.' } }); // prettier-ignore
        const yaml = manifest('2Gi').replaceAll('${NAME}', values['NAME']);
        return answer('Asking the target', { yaml, report: report(yaml) });
      },
      create: ({ values }) => answer('Making it', { taskId: apply(`Making ${values['NAME'] ?? ''}`, [`VirtualMachine ${values['NAME'] ?? ''}`]) }), // prettier-ignore
      types: () => answer('Reading the types', types),
      saveType: () => answer('Saving', { namespace: 'default', name: 'own' }),
      async removeType({ kind, name }) {
        await answer('Deleting', undefined);
        const before = types;
        types = types.filter((each) => each.kind !== kind || each.name !== name);
        return undoable(() => (types = before));
      },
    },
    manifests: {
      check: ({ yaml }) => answer('Asking the target', report(yaml)),
      apply: ({ yaml }) => answer('Applying', { taskId: apply('Applying objects', objectsOf(yaml).map(({ kind, name }) => `${kind} ${name}`)) }), // prettier-ignore
    },
    devices: {
      list: () => answer('Reading the devices', fresh ? { ...devices, usb: [], pci: [] } : devices),
      plan: ({ id }) => answer('Thinking', { title: id, blockers: ['No IOMMU was found: it is off in the firmware set-up, or this computer has none.'], losses: devices.pci[1]?.losses ?? [], steps: [{ title: 'IOMMU in the kernel', text: 'Add the parameter to the kernel’s command line and restart.', commands: ['sudo update-grub'] }], manifests: [{ title: 'In the machine', yaml: 'spec:\n  template: {}\n' }] }), // prettier-ignore
    },
  };
}

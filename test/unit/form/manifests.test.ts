import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { withForm } from '../../../main/backend/form/merge.ts';
import { formOf } from '../../../main/backend/form/view.ts';
import { buildMachine } from '../../../main/backend/machines/manifest.ts';
import { editableYaml } from '../../../main/backend/machines/detail.ts';
import { machineFormSchema } from '../../../main/contract/form.ts';
import type { MachineForm } from '../../../main/contract/form.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { on } from '../../support/scripted-cluster/cluster.ts';
import { strictly } from '../../support/scripted-cluster/validate.ts';

const folder = join(import.meta.dirname, '../../support/manifests');
const files = readdirSync(folder).sort();
const read = (file: string): KubeObject => parse(readFileSync(join(folder, file), 'utf8')) as KubeObject;

/** Every map of an object gets a field that nobody knows, as a later KubeVirt might have one. */
const withUnknown = (value: unknown, path = ''): unknown => {
  if (Array.isArray(value)) return value.map((each, index) => withUnknown(each, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, each]) => [name, withUnknown(each, `${path}.${name}`)] as const);
  return { ...Object.fromEntries(fields), fromTheFuture: path };
};
const marks = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(marks);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => (name === 'fromTheFuture' ? [String(each)] : marks(each)));
};
/** One change of each thing a form can change. */
const edits: Record<string, (form: MachineForm) => MachineForm> = {
  description: (form) => ({ ...form, description: `${form.description} edited` }),
  'run strategy': (form) => ({ ...form, runStrategy: form.runStrategy === 'Manual' ? 'Always' : 'Manual' }),
  hostname: (form) => ({ ...form, hostname: 'renamed' }),
  'free size': (form) => ({ ...form, size: { type: 'free', sockets: 3, cores: 2, memory: 3 * 2 ** 30 } }),
  'room to grow': (form) => (form.size.type === 'free' ? { ...form, size: { ...form.size, maxSockets: 32, maxMemory: 64 * 2 ** 30 } } : form),
  'instance type': (form) => ({ ...form, size: { type: 'instancetype', name: 'u1.2xlarge', cluster: true } }),
  preference: (form) => ({ ...form, preference: 'alpine' }),
  firmware: (form) => ({ ...form, firmware: form.firmware === 'uefi' ? 'bios' : 'uefi' }),
  'secure boot': (form) => ({ ...form, firmware: form.firmware === 'uefi-secure' ? 'uefi' : 'uefi-secure' }),
  tpm: (form) => ({ ...form, tpm: form.tpm === 'kept' ? 'none' : 'kept' }),
  'boot order': (form) => ({ ...form, disks: form.disks.map((disk, index) => ({ ...disk, bootOrder: index + 7 })) }),
  'bus of disks': (form) => ({ ...form, disks: form.disks.map((disk) => ({ ...disk, bus: 'scsi' as const })) }),
  'cards, in another order': (form) => ({ ...form, interfaces: form.interfaces.map((nic) => ({ ...nic, model: 'e1000' as const, mac: '02:aa:bb:cc:dd:ee' })).toReversed() }),
}; // prettier-ignore
/** Maps whose meaning a change ends: unknown fields go with them. */
const ended: Record<string, RegExp> = {
  'free size': /^\.spec\.instancetype$/,
  firmware: /\.bootloader\.(bios|efi)$/,
  'secure boot': /\.bootloader\.bios$/,
  tpm: /\.devices\.tpm$/,
};

/** Where two objects differ: paths of the first place that is not the same in both, without the numbers of lists. */
const differences = (before: unknown, after: unknown, path = ''): string[] => {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const parts = (value: unknown): Record<string, unknown> | undefined =>
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  const [one, other] = [parts(before), parts(after)];
  if (!one || !other || Array.isArray(before) !== Array.isArray(after)) return [path];
  const step = (name: string): string => (Array.isArray(before) ? '[]' : `.${name}`);
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((name) => differences(one[name], other[name], path + step(name))); // prettier-ignore
};
/** The only places of a machine that each change may touch. */
const domain = String.raw`^\.spec\.template\.spec\.domain`;
const touched: Record<string, RegExp> = {
  description: /^\.metadata\.annotations(\.(hearth\.dev\/)?description)?$/,
  'run strategy': /^\.spec\.(runStrategy|running)$/,
  hostname: /^\.spec\.template\.spec\.hostname$/,
  'free size': new RegExp(String.raw`^\.spec\.instancetype$|${domain}\.(cpu|memory)(\.(sockets|cores|threads|guest|maxSockets|maxGuest))?$|${domain}\.resources`),
  'room to grow': new RegExp(String.raw`${domain}\.(cpu|memory)(\.(maxSockets|maxGuest))?$`),
  'instance type': new RegExp(String.raw`^\.spec\.instancetype(\.\w+)?$|${domain}\.(cpu|memory)(\.\w+)?$|${domain}\.resources`),
  preference: /^\.spec\.preference(\.(name|revisionName|kind|inferFromVolume\w*))?$/,
  firmware: new RegExp(String.raw`${domain}\.(firmware(\.bootloader.*)?|features(\.smm.*)?)$`),
  'secure boot': new RegExp(String.raw`${domain}\.(firmware(\.bootloader.*)?|features(\.smm.*)?)$`),
  tpm: new RegExp(String.raw`${domain}\.devices\.tpm(\.(enabled|persistent))?$`),
  'boot order': new RegExp(String.raw`${domain}\.devices\.disks\[\]\.bootOrder$`),
  'bus of disks': new RegExp(String.raw`${domain}\.devices\.disks\[\](\.(disk|cdrom|lun))?(\.bus)?$`),
  'cards, in another order': new RegExp(String.raw`${domain}\.devices\.interfaces\[\]\.(model|macAddress)$`),
}; // prettier-ignore

test('every change of a form has its places', () => expect(Object.keys(touched)).toEqual(Object.keys(edits)));
test('there are enough of them', () => expect(files.length).toBeGreaterThanOrEqual(60));

describe.each(files)('%s', (file) => {
  const vm = read(file);
  test('is what KubeVirt 1.9 knows', () => {
    const { unknown, broken } = strictly(on.machines, vm);
    expect({ unknown, broken }).toEqual({ unknown: [], broken: [] });
  });
  test('form -> object -> form changes nothing', () => {
    const form = formOf(vm);
    expect(machineFormSchema.parse(form)).toEqual(form);
    expect(withForm(vm, form)).toEqual(vm);
    expect(JSON.stringify(withForm(vm, form))).toBe(JSON.stringify(vm)); // not even an order
    expect((parse(editableYaml(vm)) as KubeObject).spec).toEqual(vm.spec);
  });
  test('each change arrives, fits the schema, and takes nothing else with it', () => {
    for (const [what, edit] of Object.entries(edits)) {
      const wanted = edit(formOf(vm));
      const changed = withForm(vm, wanted);
      const byName = (form: MachineForm) => ({ ...form, interfaces: form.interfaces.toSorted((a, b) => a.name.localeCompare(b.name)) }); // prettier-ignore
      expect({ what, form: byName(formOf(changed)) }).toEqual({ what, form: byName(wanted) });
      const { unknown, broken } = strictly(on.machines, changed);
      expect({ what, unknown, broken }).toEqual({ what, unknown: [], broken: [] });
      const elsewhere = differences(vm, changed).filter((path) => !touched[what]?.test(path));
      expect({ what, elsewhere }).toEqual({ what, elsewhere: [] });
      const future = withUnknown(vm) as KubeObject;
      const kept = new Set(marks(withForm(future, edit(formOf(future)))));
      const lost = marks(future).filter((mark) => !kept.has(mark) && !ended[what]?.test(mark));
      expect({ what, lost }).toEqual({ what, lost: [] });
      // And back again.
      expect({ what, back: byName(formOf(withForm(changed, formOf(vm)))) }).toEqual({ what, back: byName(formOf(vm)) });
    }
  });
});

test('disks and cards come and go on their own pages, not by a form', () => {
  const vm = read('container-disk.yaml');
  const form = formOf(vm);
  for (const other of [
    { ...form, disks: [] },
    { ...form, interfaces: [...form.interfaces, { name: 'x', model: '' as const }] },
  ])
    // prettier-ignore
    expect(() => withForm(vm, other)).toThrow(ProblemError);
});

test('what the wizard makes shows in the form as it was asked for', () => {
  const input = createMachineSchema.parse({
    name: 'web',
    description: 'Web server',
    source: { type: 'iso', image: { namespace: 'hearth-images', name: 'iso' } },
    size: { type: 'free', sockets: 1, cores: 2, threads: 1, memory: 2 ** 30 },
    firmware: 'uefi-secure',
    network: { model: 'e1000e', mac: '02:00:00:00:00:01' },
    rootDisk: { bus: 'sata' },
    preference: 'debian',
  });
  const [vm] = buildMachine(input);
  expect(formOf(vm as KubeObject)).toMatchObject({
    description: 'Web server',
    runStrategy: 'RerunOnFailure',
    size: { type: 'free', sockets: 1, cores: 2, threads: 1, memory: 2 ** 30 },
    firmware: 'uefi-secure',
    preference: 'debian',
    disks: [
      { name: 'root', kind: 'disk', bus: 'sata', bootOrder: 1 },
      { name: 'install', kind: 'cdrom', bus: 'sata', bootOrder: 2 },
    ],
    interfaces: [{ name: 'default', model: 'e1000e', mac: '02:00:00:00:00:01' }],
  });
});

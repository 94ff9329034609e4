import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { writeIso } from '../../../main/embedded/disks/volume/iso9660.ts';
import type { EngineConfig } from '../../../main/embedded/kube/context.ts';
import type { Stored } from '../../../main/embedded/kube/object.ts';
import { argv as argvOf } from '../../../main/embedded/machine/argv/argv.ts';
import { planOf } from '../../../main/embedded/machine/argv/plan.ts';
import { machineFiles } from '../../../main/embedded/machine/files.ts';
import { Qmp } from '../../../main/embedded/machine/qemu/qmp.ts';
import { startHearth, temporaryDataDir, until } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';
import { kubeOf } from '../../support/kube.ts';
import { parseXml, textsOf } from '../../support/xml.ts';

const of = { namespace: 'default', name: 'eleven-on-the-desk' };
const answers = {
  user: "Ada & Bob's",
  password: `p<a>ss&"w'ord]]>`,
  language: 'de-DE',
  edition: 'Windows 11 Pro <N> & more',
  productKey: 'AAAAA-BBBBB-CCCCC-DDDDD-EEEEE',
  timeZone: 'W. Europe Standard Time',
};
const data = temporaryDataDir();
let hearth: Hearth;
let page: Page;
let argv: string[];
let qmp: Qmp;
let vmi: Stored;

async function library(name: string, label: string): Promise<ObjectRef> {
  const path = join(data.path, `${name}.iso`);
  writeFileSync(path, writeIso(label, new Map([['readme.txt', Buffer.from(name)]])));
  const { taskId, image } = await page.api.images.addFromFile({ path, mode: 'copy', name });
  await until(page.api.tasks.watch({}), (task) => task.id, (all) => all.get(taskId)?.state === 'done');
  return image;
} // prettier-ignore
const get = async (property: string, path = '/machine'): Promise<unknown> => qmp.execute('qom-get', { path, property });
/** The words after every `-NAME`. */
const after = (option: string, of = argv): string[] => of.flatMap((word, at) => (of[at - 1] === option ? [word] : []));
const device = (id: string): string => after('-device').find((each) => each.split(',').includes(`id=${id}`)) ?? '';

beforeAll(async () => {
  hearth = await startHearth(data.path, { args: ['--stop-vms'], env: { HEARTH_TEST_SOURCES: '1' } });
  page = await hearth.page();
  for await (const { state } of page.api.target.watch({})) if (state === 'ready') break;
  const [installer, drivers] = [await library('windows', 'CCCOMA_X64FRE'), await library('virtio-win', 'virtio-win')];
  // As the wizard sends it: a pointer and a TPM that somebody chose before give way to the preset's.
  await page.api.machines.create({
    ...of,
    source: { type: 'iso', image: installer },
    size: { type: 'free', sockets: 2, cores: 1, threads: 1, memory: 4 * 2 ** 30 },
    rootDisk: { size: 64 * 2 ** 30 },
    tpm: 'none',
    pointer: 'usb',
    runStrategy: 'Always',
    windows: { devices: 'virtio', drivers: { type: 'image', image: drivers }, answers },
  });
  await until(page.api.machines.watch({}), rowKeys.machine, (now) => now.get(rowKeys.machine(of as never))?.status === 'Running'); // prettier-ignore
  vmi = (await kubeOf(hearth.kubeconfig).request('GET', `/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstances/${of.name}`)) as Stored; // prettier-ignore
  const record = join(data.path, 'engine/machines', vmi.metadata.uid, 'machine.json');
  argv = (JSON.parse(readFileSync(record, 'utf8')) as { argv: string[] }).argv;
  const monitor = after('-chardev').find((each) => each.includes('id=qmp1'));
  qmp = await Qmp.connect(/path=([^,]+)/.exec(monitor ?? '')?.[1] ?? '');
}, 60_000);
afterAll(async () => {
  qmp?.close();
  await page?.api.machines.act({ ...of, action: 'forceStop' });
  await until(page.api.machines.watch({}), rowKeys.machine, (now) => now.get(rowKeys.machine(of as never))?.status !== 'Running'); // prettier-ignore
  page?.close();
  await hearth?.stop();
  data.remove();
}, 60_000);

describe.skipIf(!existsSync('/usr/share/OVMF/OVMF_CODE_4M.ms.fd'))('Windows 11 in one choice, as QEMU has it', () => {
  test('a q35 with SMM, and firmware whose variables only SMM writes', async () => {
    expect(await get('type')).toMatch(/^pc-q35-[\d.]+-machine$/);
    expect(await get('smm')).toBe('on');
    expect(await get('secure', '/machine/system.flash0')).toBe(true);
    expect([await get('pflash0'), await get('pflash1')]).toEqual(['flash0', 'flash1']);
    const nodes = await qmp.execute<{ 'node-name': string; ro: boolean; file: string }[]>('query-named-block-nodes');
    const file = (name: string) => nodes.find((each) => each['node-name'] === name);
    expect(file('flash0')).toMatchObject({ ro: true, file: expect.stringMatching(/OVMF_CODE.*(ms|secboot)/) as string }); // prettier-ignore
    expect(file('flash1')).toMatchObject({ ro: false, file: expect.stringContaining(data.path) as string });
  });

  test('a persistent TPM 2.0', async () => {
    expect(await qmp.execute('query-tpm-models')).toContain('tpm-crb');
    expect(await qmp.execute('query-tpm')).toEqual([
      { id: 'tpmdev0', model: 'tpm-crb', options: { type: 'emulator', data: { chardev: 'tpmchr0' } } },
    ]);
    const chardevs = await qmp.execute<{ label: string; filename: string }[]>('query-chardev');
    // QEMU says "disconnected:unix:..." where nobody answers.
    expect(chardevs.find(({ label }) => label === 'tpmchr0')?.filename).toMatch(/^unix:/);
    // swtpm names the state of a TPM 2.0 so, and keeps it with the machine, not with this run of it.
    const kept = readdirSync(join(data.path, 'engine/machines'), { recursive: true, encoding: 'utf8' });
    const state = kept.find((path) => path.endsWith('tpm2-00.permall'));
    expect(state).toBeDefined();
    expect(state).not.toContain(vmi.metadata.uid);
  });

  test('a clock at UTC without HPET, and lost ticks caught up with', async () => {
    expect(after('-rtc')).toEqual(['base=utc,driftfix=slew']);
    expect(await get('hpet')).toBe(false);
    const clock = (await get('rtc-time')) as Record<string, number>;
    const field = (name: string): number => clock[name] ?? Number.NaN;
    const shown = Date.UTC(field('tm_year') + 1900, field('tm_mon'), field('tm_mday'), field('tm_hour'), field('tm_min'), field('tm_sec')); // prettier-ignore
    expect(Math.abs(shown - Date.now())).toBeLessThan(120_000);
  });

  test('no enlightenment that software mode cannot give, and an event that says so', async () => {
    const definitions = await qmp.execute<{ name: string }[]>('query-cpu-definitions');
    const [model = ''] = after('-cpu');
    expect(definitions.map(({ name }) => name)).toContain(model);
    const cpus = await qmp.execute<{ 'qom-path': string }[]>('query-cpus-fast');
    expect(cpus).toHaveLength(2);
    for (const flag of ['hv-relaxed', 'hv-vapic', 'hv-time', 'hv-synic'])
      expect([flag, await get(flag, cpus[0]?.['qom-path'])]).toEqual([flag, false]);
    const { items = [] } = await kubeOf(hearth.kubeconfig).request('GET', '/api/v1/namespaces/default/events');
    const told = items.find((each) => each['reason'] === 'FeaturesLeftOut');
    expect(told?.['message']).toMatch(/software mode .* without its 14 Hyper-V enlightenments/);
  });

  test('the disk before the installer, the drivers and the answers beside it', async () => {
    const place = async (id: string) => [device(id).split(',')[0], await get('bootindex', `/machine/peripheral/${id}`)];
    expect(await Promise.all(['disk0', 'disk1', 'disk2', 'disk3'].map(place))).toEqual([
      ['virtio-blk-pci', 1], ['ide-cd', 2], ['ide-cd', -1], ['ide-cd', -1],
    ]); // prettier-ignore
    expect(after('-device').filter((each) => /^(virtio-net|e1000|rtl)/.test(each))).toHaveLength(1);
  });

  test('the pointer of the preference and no USB one, no sound card', async () => {
    expect(after('-device').filter((each) => /tablet|usb|hda|AC97/.test(each))).toEqual(['virtio-tablet-pci,id=input0']); // prettier-ignore
    const mice = await qmp.execute<{ name: string; absolute: boolean }[]>('query-mice');
    expect(mice.filter(({ absolute }) => absolute)).toHaveLength(1);
  });

  test('the answers on a disc that the installer looks at: well-formed, every value as it was given', async () => {
    type Block = { qdev?: string; inserted?: { file: string; ro: boolean } };
    const blocks = await qmp.execute<Block[]>('query-block');
    const disc = blocks.find(({ qdev }) => qdev?.includes('disk3'))?.inserted;
    expect(disc?.ro).toBe(true);
    const iso = disc?.file ?? '';
    expect(execFileSync('blkid', ['-p', '-o', 'value', '-s', 'LABEL', iso], { encoding: 'utf8' }).trim()).toBe('unattendCD'); // prettier-ignore
    const to = join(data.path, 'answers');
    // By Joliet, as Windows reads it, with a program that is not ours.
    execFileSync('xorriso', ['-read_fs', 'norock', '-indev', iso, '-osirrox', 'on', '-extract', '/', to], { stdio: 'pipe' }); // prettier-ignore
    expect(readdirSync(to)).toEqual(['autounattend.xml']);
    const root = parseXml(readFileSync(join(to, 'autounattend.xml'), 'utf8'));
    expect([root.name, root.attributes['xmlns']]).toEqual(['unattend', 'urn:schemas-microsoft-com:unattend']);
    expect(root.children.map(({ attributes }) => attributes['pass'])).toEqual(['windowsPE', 'specialize', 'oobeSystem']); // prettier-ignore
    expect(textsOf(root, 'FullName')).toEqual([answers.user]);
    expect(textsOf(root, 'Password').length).toBe(1);
    expect(textsOf(root, 'Value')).toEqual([answers.edition, answers.password]);
    expect(textsOf(root, 'Name')).toEqual([answers.user]);
    expect(textsOf(root, 'TimeZone')).toEqual([answers.timeZone]);
    expect(new Set(textsOf(root, 'UILanguage'))).toEqual(new Set([answers.language]));
    expect(textsOf(root, 'ComputerName')).toEqual(['eleven-on-the-d']);
    expect(textsOf(root, 'Path').join()).toContain('D:\\viostor\\w11\\amd64');
  });

  test('under KVM the command line has the enlightenments that KubeVirt gives Windows 11', () => {
    const config: EngineConfig = {
      accelerator: 'kvm', qemuBinary: 'qemu-system-x86_64', qemuImg: 'qemu-img', nodeName: 'here', cpus: 4, memory: 8 * 2 ** 30,
      firmware: { ovmfCodeSecure: '/fw/CODE.ms.fd', ovmfVarsSecure: '/fw/VARS.ms.fd', ovmfCode: '/fw/CODE.fd', ovmfVars: '/fw/VARS.fd' },
    }; // prettier-ignore
    const paths = { root: '/d', objects: '/d/o', disks: '/d/d', scratch: '/d/s', machines: '/d/m', run: '/r', assets: '/a' }; // prettier-ignore
    const plan = planOf(vmi, new Map(), config, machineFiles(paths, vmi.metadata.uid, 'vm'), 'linux');
    const line = argvOf(plan);
    // KubeVirt's converter (pkg/virt-launcher/virtwrap/converter) makes libvirt's <hyperv> and <clock> of the preference, and
    // libvirt makes QEMU's words of them (qemu_command.c, docs/system/i386/hyperv.rst). Never run under KVM here.
    expect(after('-cpu', line)).toEqual([
      'host,hv-relaxed=on,hv-vapic=on,hv-vpindex=on,hv-runtime=on,hv-synic=on,hv-reset=on,hv-frequencies=on,hv-reenlightenment=on,hv-tlbflush=on,hv-ipi=on,hv-spinlocks=0x1fff,hv-stimer=on,hv-stimer-direct=on,hv-time=on',
    ]);
    expect(after('-machine', line)[0]).toMatch(/^q35,.*smm=on.*hpet=off/);
    expect(after('-global', line)).toEqual(expect.arrayContaining(['kvm-pit.lost_tick_policy=delay', 'driver=cfi.pflash01,property=secure,value=on'])); // prettier-ignore
    const clock = { ...vmi, spec: { ...vmi.spec, domain: { ...(vmi.spec?.['domain'] as object), clock: { timezone: 'Europe/Berlin' } } } }; // prettier-ignore
    const local = argvOf(planOf(clock, new Map(), config, machineFiles(paths, vmi.metadata.uid, 'vm'), 'linux'));
    expect(after('-rtc', local)[0]).toMatch(/^base=localtime/);
  });
});

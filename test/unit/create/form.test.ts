import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ImageRow } from '../../../main/contract/image.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { InstancetypeRow } from '../../../main/contract/machine.ts';
import { cloudConfig, withText } from '../../../renderer/features/create/cloud-config.ts';
import { cardsOf, networkDataOf, withMac } from '../../../renderer/features/create/cards.ts';
import { emptyDraft, toInput } from '../../../renderer/features/create/draft.ts';
import type { Draft } from '../../../renderer/features/create/draft.ts';
import { fitOf } from '../../../renderer/features/create/fit.ts';
import { forgetDraft, keepDraft, keptDraft, startDraftFrom } from '../../../renderer/features/create/keep.ts';
import { suggestPassword } from '../../../renderer/features/create/password.ts';
import { freeName, slug, suggestImage, suggestSize } from '../../../renderer/features/create/suggest.ts';
import { sectionOf, serverErrors, validate } from '../../../renderer/features/create/validate.ts';

const image = { namespace: 'hearth-images', name: 'debian-13' };
const good: Draft = { ...emptyDraft, name: 'web', image, instancetype: 'u1.small', user: 'hearth' };
const key = { name: 'laptop', key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me@laptop\n' };
const inputOf = (change: Partial<Draft> = {}) => toInput({ ...good, ...change }, [key], true);
const errorsOf = (change: Partial<Draft> = {}, known = {}) => validate(inputOf(change), { taken: new Set(), ...known });

function memoryStorage(): Storage {
  const map = new Map<string, string>();
  return {
    get length() {
      return map.size;
    },
    clear: () => map.clear(),
    getItem: (name) => map.get(name) ?? null,
    key: (at) => [...map.keys()][at] ?? null,
    removeItem: (name) => void map.delete(name),
    setItem: (name, value) => void map.set(name, value),
  };
}

describe('what the form sends', () => {
  it('is what the contract takes, with nothing but a name, an image and a size', () => {
    expect(errorsOf()).toEqual({});
    const parsed = createMachineSchema.parse(inputOf());
    expect(parsed.source).toEqual({ type: 'image', image });
    expect(parsed.cloudInit).toMatchObject({ type: 'form', hostname: 'web', user: 'hearth' });
  });
  it('takes the chosen keys of the settings and more by hand', () => {
    const { cloudInit } = inputOf({
      keys: ['laptop'],
      moreKeys: ' ssh-rsa AAAA b \n\n',
      packages: 'git, curl\nvim',
      runcmd: 'a\nb',
    });
    expect(cloudInit).toMatchObject({
      sshKeys: [key.key.trim(), 'ssh-rsa AAAA b'],
      packages: ['git', 'curl', 'vim'],
      runcmd: ['a', 'b'],
    });
  });
  it('leaves cloud-init out where the image would not read it', () => {
    expect(toInput(good, [], false).cloudInit).toEqual({ type: 'none' });
    expect(inputOf({ source: 'iso' }).cloudInit).toEqual({ type: 'none' });
  });
});

describe('validation', () => {
  it.each<[string, Partial<Draft>]>([
    ['name', { name: 'Web_1' }],
    ['name', { name: '' }],
    ['source.image', { image: { namespace: '', name: '' } }],
    ['size.cores', { size: 'free', cores: '0' }],
    ['size.cores', { size: 'free', cores: '' }],
    ['size.cores', { size: 'free', cores: '1.5' }],
    ['size.memory', { size: 'free', memory: 1024 }],
    ['network.mac', { mac: '02:00' }],
    ['network.others.0.mac', { nics: [{ network: 'default/lab', model: 'virtio', mac: '02', gives: true }] }],
    ['network.others.0.network', { nics: [{ network: '', model: 'virtio', mac: '', gives: true }] }],
    ['network.forwards.0.guestPort', { forwards: [{ guestPort: '70000', hostPort: '', protocol: 'TCP' }] }],
    ['network.forwards.0.hostPort', { forwards: [{ guestPort: '22', hostPort: '80', protocol: 'TCP' }] }],
    ['extraDisks.0.name', { extraDisks: [{ name: 'root', size: 1, bus: 'virtio' }] }],
    ['extraDisks.0.size', { extraDisks: [{ name: 'data', size: Number.NaN, bus: 'virtio' }] }],
    ['cloudInit.user', { user: 'Root User' }],
    ['cloudInit.sshKeys', { moreKeys: 'not a key' }],
    ['rootDisk.size', { source: 'blank' }],
  ])('refuses %s', (path, change) => {
    expect(Object.keys(errorsOf(change))).toContain(path);
  });
  it('names what is taken, too small, or used twice', () => {
    expect(errorsOf({}, { taken: new Set(['default/web']) })['name']).toMatchObject({ key: 'error.nameTaken' });
    expect(errorsOf({ namespace: 'lab' }, { taken: new Set(['default/web']) })).toEqual({});
    expect(errorsOf({ rootSize: 2 ** 30 }, { minDisk: 2 ** 31 })['rootDisk.size']).toEqual({ key: 'error.diskSmall' });
    const twice = [
      { guestPort: '22', hostPort: '2222', protocol: 'TCP' as const },
      { guestPort: '80', hostPort: '2222', protocol: 'TCP' as const },
    ];
    expect(errorsOf({ forwards: twice })['network.forwards.1.hostPort']).toEqual({ key: 'error.portTwice' });
    const udp = twice.map((forward, at) => ({ ...forward, protocol: at ? ('UDP' as const) : ('TCP' as const) }));
    expect(errorsOf({ forwards: udp })).toEqual({});
  });
  it('says one wrong name once, although the host name is made of it', () => {
    expect(Object.keys(errorsOf({ name: 'Bad Name!' }))).toEqual(['name']);
  });
  it('warns of a private key by name', () => {
    expect(errorsOf({ moreKeys: '-----BEGIN OPENSSH PRIVATE KEY-----' })['cloudInit.sshKeys']).toEqual({
      key: 'error.privateKey',
    });
  });
  it('puts a refusal of the target on the field it is about', () => {
    const errors = serverErrors({
      'spec.template.spec.domain.cpu.cores': 'too many',
      'metadata.name': 'exists',
      'rootDisk.size': 'small',
      'spec.template.spec.domain.devices.interfaces[0].macAddress': 'bad',
    });
    expect(errors).toEqual({
      'size.cores': { text: 'too many' },
      name: { text: 'exists' },
      'rootDisk.size': { text: 'small' },
      'network.mac': { text: 'bad' },
    });
    expect(Object.keys(errors).map(sectionOf)).toEqual(['size', 'basics', 'disks', 'network']);
  });
});

describe('the kept draft', () => {
  it('survives a reload, without any password', () => {
    const storage = memoryStorage();
    keepDraft(storage, { ...good, password: 'secret1', userData: '#cloud-config\npassword: secret2\n' });
    expect(JSON.stringify(storage.getItem(storage.key(0) ?? ''))).not.toMatch(/secret/);
    expect(keptDraft(storage)).toMatchObject({ name: 'web', image, password: '' });
    forgetDraft(storage);
    expect(keptDraft(storage)).toBeUndefined();
  });
  it('keeps a cloud-config that holds no secret', () => {
    const storage = memoryStorage();
    keepDraft(storage, { ...good, userData: '#cloud-config\npackages: [git]\n' });
    expect(keptDraft(storage)?.userData).toContain('git');
  });
  it('drops what another version kept, and garbage', () => {
    const storage = memoryStorage();
    keepDraft(storage, good);
    const name = storage.key(0) ?? '';
    storage.setItem(name, JSON.stringify({ name: 'x', extraDisks: 'no list', start: 'yes', unknown: 1 }));
    expect(keptDraft(storage)).toEqual({ ...emptyDraft, name: 'x' });
    storage.setItem(name, '{');
    expect(keptDraft(storage)).toBeUndefined();
    startDraftFrom(storage, image, 'iso');
    expect(keptDraft(storage)).toMatchObject({ image, source: 'iso' });
  });
});

describe('cards', () => {
  const mac = '02:00:00:00:00:01';
  const nic = { network: 'default/lab', model: 'virtio' as const, mac: '02:00:00:00:00:02', gives: true };
  const silent = { ...nic, network: 'other/lab', mac: '02:00:00:00:00:03', gives: false };
  const many: Draft = { ...good, mac, nics: [nic, silent] };
  it('two cards cannot have one address', () => {
    expect(errorsOf({ mac: nic.mac.toUpperCase(), nics: [nic] })['network.others.0.mac']).toEqual({ key: 'error.macTwice' }); // prettier-ignore
    expect(errorsOf({ podNetwork: false, mac: nic.mac, nics: [nic] })).toEqual({});
  });
  it('cloud-init knows each by its name in the machine', () => {
    expect(cardsOf(many).map(({ name, network }) => [name, network])).toEqual([['default', 'pod'], ['lab', 'default/lab'], ['lab-2', 'other/lab']]); // prettier-ignore
    expect(withMac(many, 'lab-2', mac)).toEqual({ nics: [nic, { ...silent, mac }] });
    expect(withMac(many, 'default', nic.mac)).toEqual({ mac: nic.mac });
  });
  it('every card whose network gives out addresses is set up by DHCP; what somebody wrote stays', () => {
    const text = networkDataOf(many);
    expect(parse(text)).toEqual({ version: 2, ethernets: { default: { match: { macaddress: mac }, dhcp4: true }, lab: { match: { macaddress: nic.mac }, dhcp4: true } } }); // prettier-ignore
    expect(networkDataOf({ ...many, networkData: 'version: 2\n' })).toBe('version: 2\n');
    expect(networkDataOf({ ...many, mac: '' })).toBe('');
    expect(networkDataOf({ ...many, nics: [] })).toBe('');
    expect(withText(inputOf({ mac, nics: [nic] }), { ...many, nics: [nic] }).cloudInit).toMatchObject({ type: 'yaml', networkData: expect.stringContaining('lab') as string }); // prettier-ignore
  });
});

describe('suggestions', () => {
  const row = (name: string, more: Partial<ImageRow> = {}): ImageRow => ({
    uid: name, namespace: 'hearth-images', name, displayName: name, state: 'ready', kind: 'disk', source: '',
    checksumVerified: false, usedBy: [], cloudInit: true, createdAt: '2026-01-01', ...more,
  }); // prettier-ignore
  const type = (name: string, memory: number, fits = true, cpus = 1): InstancetypeRow => ({
    name, series: 'Universal', displayName: name, description: '', cpus, memory: memory * 2 ** 30, fits,
  }); // prettier-ignore
  it('makes names that the contract takes', () => {
    expect(slug('Debian 13 (trixie)')).toBe('debian-13');
    expect(slug('  Ünïx_2! ')).toBe('u-ni-x-2');
    expect(freeName('debian-13', new Set(['debian-13', 'debian-13-2']))).toBe('debian-13-3');
    expect(freeName('', new Set())).toBe('machine');
  });
  it('chooses the newest ready disk that sets itself up', () => {
    const images = [
      row('old'),
      row('new', { createdAt: '2026-02-01' }),
      row('newest-plain', { createdAt: '2026-03-01', cloudInit: false }),
      row('making', { createdAt: '2026-04-01', state: 'importing' }),
      row('iso', { createdAt: '2026-05-01', kind: 'iso' }),
    ];
    expect(suggestImage(images)?.name).toBe('new');
    expect(suggestImage([])).toBeUndefined();
  });
  it('chooses the smallest size that holds the image and fits', () => {
    const types = [type('u1.large', 8, true, 2), type('u1.micro', 1), type('u1.small', 2), type('o1.nano', 0.5)];
    expect(suggestSize(types, undefined, 2)).toBe('u1.micro');
    expect(suggestSize(types, 1.5 * 2 ** 30, 2)).toBe('u1.small');
    expect(suggestSize([type('u1.micro', 1), type('u1.small', 2, false)], 2 * 2 ** 30, 2)).toBe('u1.micro');
  });
  it('tells whether a size fits', () => {
    const capacity = { cpus: 2, memory: 8, memoryInUse: 5, accelerator: 'tcg', nodes: 1 };
    expect(fitOf(1, 3, capacity).is).toBe('ok');
    expect(fitOf(4, 3, capacity).is).toBe('slow');
    expect(fitOf(1, 4, capacity)).toMatchObject({ is: 'too-large', free: 3 });
    expect(fitOf(1, 4, undefined).is).toBe('unknown');
    expect(fitOf(Number.NaN, 4, capacity).is).toBe('unknown');
  });
  it('makes passwords of plain letters and digits that differ', () => {
    const many = new Set(Array.from({ length: 50 }, () => suggestPassword()));
    expect(many.size).toBe(50);
    for (const each of many) expect(each).toMatch(/^[a-z]{12,}[2-9]{2}$/);
  });
});

describe('cloudConfig', () => {
  it('says in YAML what the form says, whatever is in it', () => {
    const yaml = cloudConfig(
      {
        type: 'form',
        hostname: 'web',
        user: 'ada',
        password: "o'no: #1",
        sshKeys: ['ssh-rsa A b'],
        runcmd: ['echo "a: b"'],
      },
      'hearth',
    );
    expect(yaml.startsWith('#cloud-config\n')).toBe(true);
    expect(parse(yaml)).toMatchObject({
      hostname: 'web',
      user: 'ada',
      password: "o'no: #1",
      ssh_authorized_keys: ['ssh-rsa A b'],
      runcmd: ['echo "a: b"'],
    });
    expect(parse(cloudConfig({ type: 'form' }, 'hearth'))).toEqual({ user: 'hearth' });
  });
});

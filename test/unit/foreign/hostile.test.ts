import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowsOf } from '../../../main/backend/access/variants.ts';
import { openForeign } from '../../../main/backend/foreign/file.ts';
import type { Opened } from '../../../main/backend/foreign/file.ts';
import { describe as read, readMachine } from '../../../main/backend/foreign/recognise.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'hearth-foreign-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const opened = (name: string, content: string | Buffer): Opened => {
  const head = Buffer.from(content);
  return { name, head, size: head.length, read: async (at, length) => head.subarray(at, at + length) };
};
function refusal(name: string, content: string | Buffer): Problem {
  try {
    read(opened(name, content));
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  throw new Error(`${name} was read`);
}
const domain = (inside: string): string => `<domain type='kvm'><name>x</name>${inside}</domain>`;

test.each([
  ['an entity bomb', `<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>${domain('<title>&b;</title>')}`, /document type/],
  ['a file of this computer as an entity', `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>${domain('<title>&x;</title>')}`, /document type/],
  ['a document type without entities', `<!DOCTYPE domain SYSTEM "http://127.0.0.1/d.dtd">${domain('')}`, /document type/],
  ['an entity that nobody defined', domain('<title>&x;</title>'), /well-formed/],
  ['a text that is cut off', domain('').slice(0, -5), /well-formed/],
  ['two roots', `${domain('')}${domain('')}`, /well-formed/],
  ['far too deep', `${'<domain>'.repeat(200)}${'</domain>'.repeat(200)}`, /deeper/],
  ['far too many elements', domain('<a/>'.repeat(30_000)), /more elements/],
  ['a unit of its own', domain("<memory unit='parsec'>1</memory>"), /unit/],
])('%s is refused', (_what, text, detail) => {
  const problem = refusal('x.xml', text);
  expect(problem).toMatchObject({ code: 'foreign-bad' });
  expect(problem.detail).toMatch(detail);
  expect(problem.fix).toBeTruthy();
}); // prettier-ignore

test.each([
  ['bytes of no text', Buffer.from('config.version = "8"\0memsize = "1"')],
  ['an encoding that nobody knows', '.encoding = "klingon-8"\nconfig.version = "8"\nmemsize = "512"'],
  ['UTF-7', "<?xml version='1.0' encoding='UTF-7'?><domain/>"],
  ['UTF-16 by name alone', "<?xml version='1.0' encoding='UTF-16'?><domain/>"],
  ['UTF-8 that is none', Buffer.from([0x6d, 0x65, 0x6d, 0x3d, 0xff, 0xfe, 0x80, 0x0a])],
  ['half of a UTF-16 character', Buffer.from([0xff, 0xfe, 0x3c, 0x00, 0x00, 0xd8])],
])('%s is refused', (_what, content) => {
  expect(refusal('x.vmx', content)).toMatchObject({ code: 'foreign-bad' });
});

test('UTF-16 with its mark, and Shift JIS that says so, are read', () => {
  const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(domain('<title>日本</title>'), 'utf16le')]);
  expect(read(opened('x.xml', wide)).description).toBe('日本');
  const japanese = Buffer.concat([Buffer.from('.encoding = "Shift_JIS"\nmemsize = "512"\nconfig.version = "8"\ndisplayName = "'), Buffer.from([0x93, 0xfa, 0x96, 0x7b]), Buffer.from('"')]); // prettier-ignore
  expect(read(opened('x.vmx', japanese)).name).toBe('日本');
});

test('a huge text is refused before it is read', () => {
  const problem = refusal('x.vmx', 'a = "b"\n'.repeat(80_000));
  expect(problem).toMatchObject({ code: 'foreign-unknown' });
  expect(problem.detail).toContain('too large');
});

test.each([
  ['a container of libvirt', "<domain type='lxc'><os><type>exe</type></os></domain>", /container/],
  ['a snapshot of libvirt', '<domainsnapshot><name>a</name></domainsnapshot>', /snapshot/],
  ['another XML', '<html><body/></html>', /<html>/],
  ['an OVF', '<?xml version="1.0"?><!-- x --><Envelope/>', /OVF/],
  ['a machine of VirtualBox', '<?xml version="1.0"?><VirtualBox xmlns="http://www.virtualbox.org/"/>', /VirtualBox/],
  ['a container of Proxmox', 'arch: amd64\nhostname: ct\nrootfs: local:1/a.raw\nmemory: 512\n', /container/],
  ['a shopping list', 'milk\nbread\n', /which program/],
  ['nothing', '', /which program/],
  ['a YAML', 'apiVersion: kubevirt.io/v1\nkind: VirtualMachine\n', /which program/],
])('%s is told apart', (_what, text, detail) => {
  const problem = refusal('x', text);
  expect(problem.code).toBe('foreign-unknown');
  expect(problem.detail).toMatch(detail);
});

test('an encrypted machine of VMware says so', () => {
  const text = '.encoding = "UTF-8"\ndisplayName = "x"\nencryption.keySafe = "vmware:key"\nencryption.data = "aGk="\n';
  expect(refusal('x.vmx', text).detail).toContain('encrypted');
});

test('names of JavaScript are names like others', () => {
  const vmx = '__proto__.present = "TRUE"\nconstructor = "1"\nconfig.version = "8"\nmemsize = "512"\ndisplayName = "a"';
  expect(read(opened('x.vmx', vmx)).memory).toBe(512 * 2 ** 20);
  expect(read(opened('x.xml', "<domain __proto__='x'><name>constructor</name></domain>")).name).toBe('constructor');
  expect(({} as { present?: string }).present).toBeUndefined();
});

test('numbers that are none do not get through', () => {
  for (const wrong of ['-1', '0', '1e9', '99999999999999', 'NaN', '0x10', '١٢']) {
    const found = read(opened('x.vmx', `config.version = "8"\ndisplayName = "a"\nnumvcpus = "${wrong}"\nmemsize = "${wrong}"`)); // prettier-ignore
    expect(found.cpus).toEqual({ sockets: 1, cores: 1, threads: 1 });
    expect(found.memory).toBe(2 ** 30);
  }
});

test('control characters of a name are not shown', () => {
  const found = read(opened('x.conf', 'name: a\u001B[31mb\u0007\nmemory: 512\ncores: 1\n'));
  expect(found.name).toBe('a [31mb');
});

test('a long line is read in no time', () => {
  const begun = performance.now();
  for (const text of [`a = "${'|2'.repeat(200_000)}"`, `a${' '.repeat(400_000)}= b`, `net0: ${','.repeat(400_000)}`, `#${'%'.repeat(400_000)}`])
    refusal('x', text);
  expect(performance.now() - begun).toBeLessThan(5000);
}); // prettier-ignore

test('a folder, a pipe and what is not there are refused by name', async () => {
  await expect(openForeign({ path: folder })).rejects.toMatchObject({ problem: { code: 'path-not-file' } });
  await expect(openForeign({ path: '/dev/zero' })).rejects.toMatchObject({ problem: { code: 'path-not-file' } });
  await expect(openForeign({ path: join(folder, 'no') })).rejects.toMatchObject({
    problem: { code: 'file-not-found' },
  });
  await expect(openForeign({ path: 'web.vmx' })).rejects.toMatchObject({ problem: { code: 'path-not-absolute' } });
});

test('a description that names files of this computer learns no more of them than size and kind', async () => {
  const secret = join(folder, 'secret.txt');
  await writeFile(secret, 'a password that nobody may see\n'.repeat(20));
  const xml = join(folder, 'x.xml');
  await writeFile(xml, domain(`<devices><disk type='file' device='disk'><driver type='raw'/><source file='${secret}'/><target dev='vda'/></disk></devices>`)); // prettier-ignore
  const found = await readMachine([await openForeign({ path: xml })]);
  expect(found.disks[0]).toMatchObject({ found: secret, usable: false, why: 'secret.txt is no disk image that Hearth knows.' }); // prettier-ignore
  expect(JSON.stringify(found)).not.toContain('password');
});

test('two descriptions are two machines', async () => {
  const both = [opened('a.conf', 'memory: 1\ncores: 1\n'), opened('b.conf', 'memory: 1\ncores: 1\n')];
  await expect(readMachine(both)).rejects.toMatchObject({ problem: { code: 'foreign-two' } });
});

test.each(['web.hearth-vm', 'web.ova', 'vzdump-qemu-101.vma.zst', 'web.vmcx', 'web.nvram'])(
  '%s has another way',
  async (name) => {
    await expect(readMachine([opened(name, 'x')])).rejects.toMatchObject({ problem: { code: 'foreign-unknown' } });
  },
);

test('a path of this computer is for admins, wherever it stands among the files', () => {
  const sent = { name: 'a.vmx', size: 1, head: 'YQ==' };
  expect(rowsOf('foreign.preview', { files: [sent] })).toEqual(['foreign.preview']);
  expect(rowsOf('foreign.preview', { files: [sent, { path: '/etc/passwd' }] })).toEqual(['foreign.preview', 'foreign.preview:path']); // prettier-ignore
});

test('a paravirtual machine of Xen is told to need a boot loader', () => {
  const text = "<domain type='xen'><name>pv</name><os><type>linux</type><kernel>/boot/vmlinuz</kernel></os></domain>";
  expect(read(opened('pv.xml', text)).left.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['Paravirtualization (Xen PV)', 'Start from a kernel file']),
  );
});

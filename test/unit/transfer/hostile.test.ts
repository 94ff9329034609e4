import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { manifestText } from '../../../main/backend/transfer/file/manifest.ts';
import type { Manifest } from '../../../main/backend/transfer/file/manifest.ts';
import { openMachineFile } from '../../../main/backend/transfer/file/read.ts';
import { rebuild } from '../../../main/backend/transfer/rebuild.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { machineFile, manifestOf, qcow2Head } from '../../support/machine-file.ts';
import type { Part } from '../../support/machine-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const openBytes = (bytes: Buffer) => {
  const path = join(folder, `${(count += 1)}.hearth-vm`);
  writeFileSync(path, bytes);
  return openMachineFile(path);
};
/** Code and detail of the Problem that a file is refused with. */
const refusal = async (bytes: Buffer): Promise<string> => {
  const error = await openBytes(bytes).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProblemError)) throw error ?? new Error('it was taken');
  expect(error.problem.fix).toBeTruthy();
  return `${error.problem.code}: ${error.problem.detail}`;
};
const empty = Buffer.alloc(0);
const extra = (part: Partial<Part>): Buffer => machineFile({ more: [{ name: 'extra', data: empty, ...part }] });
const type =
  (letter: string, link = '/etc/passwd') =>
  (head: Buffer) => {
    head.write(letter, 156);
    head.write(link, 157);
  };

test('the file that all others here are made from is a good one', async () => {
  const { manifest, disks } = await openBytes(machineFile());
  expect(manifest.machine.metadata.name).toBe('guest');
  expect(disks).toMatchObject([{ volume: 'root', stored: 1024 }]);
});

describe('names and kinds in the archive', () => {
  test.each(['../evil', 'disks/../../evil', '/etc/cron.d/evil', 'disks//x', 'disks\\x', './manifest.yaml', 'disks/.hidden', 'a/b/c'])('%s', async (name) => {
    expect(await refusal(extra({ name }))).toMatch(/^machine-file-damaged: .*name that is not possible/);
  }); // prettier-ignore
  test.each([['symbolic link', '2'], ['hard link', '1'], ['device', '3'], ['folder', '5'], ['fifo', '6'], ['pax header', 'x'], ['GNU long name', 'L'], ['sparse file', 'S']])('%s', async (_what, letter) => {
    expect(await refusal(extra({ header: type(letter) }))).toMatch(/^machine-file-damaged: .*no plain file/);
  }); // prettier-ignore
  test('a name prefix (ustar) that would put it elsewhere', async () => {
    expect(await refusal(extra({ header: (head) => void head.write('../..', 345) }))).toContain('no plain file');
  });
  test('the same name twice, so that one is checked and the other used', async () => {
    const disk = { name: 'disks/root.qcow2', data: qcow2Head() };
    expect(await refusal(machineFile({ disks: [disk, disk] }))).toContain('is in the archive twice');
  });
  test('a file that the manifest does not know of', async () => {
    expect(await refusal(extra({}))).toContain('its manifest does not know of it');
  });
  test('more files than any machine has', async () => {
    const more = Array.from({ length: 80 }, (_, index) => ({ name: `f${index}`, data: empty }));
    expect(await refusal(machineFile({ more }))).toContain('too many files');
  });
});

describe('sizes', () => {
  const exbibyte = 2n ** 60n;
  test('a header that claims 1 EiB', async () => {
    const header = (head: Buffer): void => {
      head[124] = 0x80;
      head.writeBigUInt64BE(exbibyte, 128);
    };
    expect(await refusal(extra({ header }))).toMatch(/size of extra cannot be read|ends in the middle of extra/);
  });
  test('a header that claims less than nothing', async () => {
    expect(await refusal(extra({ header: (head) => void head.write('-0000000001\0', 124) }))).toContain(
      'cannot be read',
    );
  });
  test('an index that claims 1 EiB', async () => {
    const index = (files: { size: number }[]): void => void (files[1]!.size = Number(exbibyte));
    expect(await refusal(machineFile({ index }))).toMatch(
      /^machine-file-damaged: (Its index is not as|.*another size)/,
    );
  });
  test('a manifest that claims a disk of 1 EiB, or of nothing', async () => {
    for (const size of [Number(exbibyte), 2 ** 50, 0, -1]) {
      const manifest = manifestOf((each) => void (each.disks[0]!.size = size));
      expect(await refusal(machineFile({ manifest }))).toContain('Its manifest is not as it should be');
    }
  });
  test('a qcow2 that is larger inside than the manifest says', async () => {
    const disks = [{ name: 'disks/root.qcow2', data: qcow2Head({ size: exbibyte }) }];
    expect(await refusal(machineFile({ disks }))).toContain('larger inside');
  });
  test('a manifest of many megabytes, and one that grows by aliases', async () => {
    expect(await refusal(machineFile({ manifest: 'x'.repeat(5 * 2 ** 20) }))).toContain('too large');
    const laughs = ['a: &a [x, x, x]', 'b: &b [*a, *a, *a]', 'c: &c [*b, *b, *b]', 'd: [*c, *c, *c]'].join('\n');
    expect(await refusal(machineFile({ manifest: laughs }))).toContain('manifest');
  });
});

describe('disks', () => {
  test('a qcow2 with a backing file', async () => {
    const disks = [{ name: 'disks/root.qcow2', data: qcow2Head({ backing: 512 }) }];
    expect(await refusal(machineFile({ disks }))).toContain('names another file as its base');
  });
  test.each([['raw', Buffer.alloc(4096)], ['vmdk', Buffer.from('KDMV'.padEnd(600, '\0'))], ['nothing', empty], ['text', Buffer.from('json:{"driver":"raw"}')]])('%s that says it is qcow2', async (_what, data) => {
    expect(await refusal(machineFile({ disks: [{ name: 'disks/root.qcow2', data }] }))).toContain('not what the manifest says');
  }); // prettier-ignore
  test('a qcow2 that keeps its data in another file (version 3, external data file)', async () => {
    const data = qcow2Head();
    data.writeUInt32BE(3, 4);
    data.writeBigUInt64BE(4n, 72);
    expect(await refusal(machineFile({ disks: [{ name: 'disks/root.qcow2', data }] }))).toContain('another file');
  });
  test('a disk that the manifest names and the archive lacks', async () => {
    expect(await refusal(machineFile({ disks: [] }))).toContain('is missing');
  });
  test('a file of a disk outside of its folder', async () => {
    for (const file of ['../root.qcow2', 'disks/../x', '/dev/sda', 'manifest.yaml']) {
      const manifest = manifestOf((each) => void (each.disks[0]!.file = file));
      expect(await refusal(machineFile({ manifest }))).toContain('Its manifest is not as it should be');
    }
  });
});

describe('the manifest', () => {
  const text = manifestText(manifestOf());
  test.each([
    ['a second document', `${text}---\napiVersion: v1\nkind: Pod\nmetadata: {name: evil}\n`],
    ['another kind', text.replace('kind: VirtualMachine', 'kind: Pod')],
    ['a list of objects', `- ${text.replaceAll('\n', '\n  ')}`],
    ['objects beside the machine', `${text}objects: [{kind: ClusterRoleBinding}]\n`],
    ['a status or owner', text.replace('name: guest', 'name: guest\n    ownerReferences: [{kind: Node}]')],
    ['another namespace', text.replace('name: guest', 'name: guest\n    namespace: kube-system')],
    ['a tag that makes something', text.replace('by: Hearth 0', 'by: !!js/function "x"')],
    ['a version of tomorrow', text.replace('version: 1', 'version: 2')],
  ])('%s', async (_what, manifest) => {
    expect(manifest).not.toBe(text);
    expect(await refusal(machineFile({ manifest }))).toMatch(/^machine-file-damaged: Its manifest/);
  });
});

describe('what a machine would take of where it comes to', () => {
  const into = { namespace: 'default', name: 'new', identity: 'new', expanded: false, state: true } as const;
  type Spec = { template: { metadata?: object; spec: { volumes: object[]; domain: { devices: { disks: object[]; filesystems?: object[] } } } } }; // prettier-ignore
  const built = (change: (spec: Spec, manifest: Manifest) => void) =>
    rebuild(manifestOf((manifest) => change(manifest.machine.spec as unknown as Spec, manifest)), into); // prettier-ignore

  test.each([
    ['hostDisk', { path: '/etc/shadow', type: 'Disk' }],
    ['secret', { secretName: 'admin-token' }],
    ['configMap', { name: 'cluster-info' }],
    ['serviceAccount', { serviceAccountName: 'default' }],
    ['downwardMetrics', {}],
    ['sysprep', { secret: { name: 'admin-token' } }],
    ['memoryDump', { claimName: 'theirs' }],
    ['ephemeral', { persistentVolumeClaim: { claimName: 'theirs' } }],
    ['persistentVolumeClaim', { claimName: 'theirs' }],
    ['dataVolume', { name: 'theirs' }],
    ['hostPath', { path: '/' }],
  ])('a %s volume is left out with its disk, and said', (kind, source) => {
    const { machine, notes } = built(({ template: { spec } }) => {
      spec.volumes.push({ name: 'bad', [kind]: source });
      spec.domain.devices.disks.push({ name: 'bad', disk: {} });
      spec.domain.devices.filesystems = [{ name: 'bad', virtiofs: {} }];
    });
    expect(JSON.stringify(machine)).not.toMatch(/"bad"|theirs|admin-token|shadow/);
    expect(notes.join(' ')).toContain('bad');
  });
  test('two sources in one volume: the harmless one does not carry the other', () => {
    const { machine } = built(({ template: { spec } }) => {
      spec.volumes.push({
        name: 'bad',
        emptyDisk: { capacity: '1Gi' },
        hostDisk: { path: '/etc/shadow', type: 'Disk' },
      });
    });
    expect(JSON.stringify(machine)).not.toContain('shadow');
  });
  test('a secret of another name is never read here: what cloud-init needs is in the file, or it is refused', () => {
    const reads = (spec: Spec): void => {
      spec.template.spec.volumes.push({ name: 'seed', cloudInitNoCloud: { secretRef: { name: 'admin-token' } } });
    };
    expect(() => built(reads)).toThrow(expect.objectContaining({ problem: expect.objectContaining({ code: 'machine-file-unsafe' }) })); // prettier-ignore
    const { machine, secrets } = built((spec, manifest) => {
      reads(spec);
      manifest.secrets.push({ name: 'admin-token', data: {} });
    });
    expect(secrets.map(({ metadata }) => metadata.name)).not.toContain('admin-token');
    expect(JSON.stringify(machine)).not.toContain('admin-token');
  });
  test('credentials, places, hook sidecars and owners of where it was do not come along', () => {
    const { machine } = built(({ template }) => {
      template.metadata = { annotations: { 'hooks.kubevirt.io/hookSidecars': '[{"image":"evil"}]' }, labels: { keep: 'yes' } };
      Object.assign(template.spec, { accessCredentials: [{ sshPublicKey: { source: { secret: { secretName: 'admin-token' } } } }], nodeSelector: { a: 'b' } });
    }); // prettier-ignore
    expect(JSON.stringify(machine)).not.toMatch(/evil|admin-token|nodeSelector/);
    expect(machine.spec).toMatchObject({ runStrategy: 'Halted', template: { metadata: { labels: { keep: 'yes' } } } });
  });
});

import { describe, expect, test } from 'vitest';
import { ownerLabel } from '../../../main/backend/access/stock.ts';
import { ejectedAnnotation, installerAnnotation } from '../../../main/backend/hardware/installer/mark.ts';
import { declared, filledIn, placesLeftOut } from '../../../main/backend/sets/bare.ts';
import { refuseAddress } from '../../../main/backend/sets/git.ts';
import { asHere, differing } from '../../../main/backend/sets/look.ts';
import { nameOfSet } from '../../../main/backend/sets/plan.ts';
import { readObjects } from '../../../main/backend/sets/read.ts';
import { fileOf, textOf } from '../../../main/backend/sets/text.ts';
import { leftOut } from '../../../main/backend/sets/words.ts';
import { sourceOf } from '../../../main/cli/set/set.ts';
import { planText } from '../../../main/cli/set/words.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { setSourceSchema } from '../../../main/contract/sets.ts';

const vm = (cloudInit: object, annotations: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: {
    name: 'web', namespace: 'default', uid: 'u', resourceVersion: '7', generation: 3, creationTimestamp: '2026-01-01T00:00:00Z', finalizers: ['kubevirt.io/virtualMachineControllerFinalize'],
    managedFields: [{}], ownerReferences: [], annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'kubevirt.io/latest-observed-api-version': 'v1', ...annotations },
  },
  spec: {
    instancetype: { name: 'own', revisionName: 'web-own-1' },
    template: { metadata: { creationTimestamp: null }, spec: { volumes: [{ name: 'root', emptyDisk: {} }, { name: 'init', cloudInitNoCloud: cloudInit }] } },
  },
  status: { ready: true },
}) as unknown as KubeObject; // prettier-ignore
const config = (text: string): object => ({ userData: `#cloud-config\n${text}\n` });
const where = 'spec.template.spec.volumes[init].cloudInitNoCloud.userData';

describe('an object in a file', () => {
  test('has what was asked for and nothing that a server added', () => {
    expect(textOf(declared(vm(config('packages: [vim]'))))).toBe(`apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata:
  name: web
  namespace: default
spec:
  instancetype:
    name: own
  template:
    metadata: {}
    spec:
      volumes:
        - name: root
          emptyDisk: {}
        - name: init
          cloudInitNoCloud:
            userData: |
              #cloud-config
              packages: [vim]
`);
  });

  test('is the same bytes whatever order a server sends it in', () => {
    const one = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'b' }, data: { y: '1', x: 'on', long: 'word '.repeat(60) } }; // prettier-ignore
    const other = { data: { x: 'on', long: one.data.long, y: '1' }, metadata: { namespace: 'b', name: 'a' }, kind: 'ConfigMap', apiVersion: 'v1' }; // prettier-ignore
    expect(textOf(one)).toBe(textOf(other));
    expect(textOf(one)).toContain('x: on');
  });

  test.each([
    'password: hunter2!', 'users: [{name: me, hashed_passwd: "$6$abcdefgh$0123456789abcdef"}]', 'chpasswd: {list: "me:hunter2"}', 'write_files: [{path: /x, content: anything}]',
    'runcmd: ["echo me:hunter2 | chpasswd"]', 'runcmd: ["mysql -uroot -phunter2"]', 'runcmd: [[curl, -u, "admin:hunter2", "https://a.example"]]', 'runcmd: ["touch /x"]',
    'snap: {commands: ["login hunter2"]}', 'rh_subscription: {username: me, activation: hunter2}', 'ssh_keys:\n  rsa_private: |\n    -----BEGIN OPENSSH PRIVATE KEY-----\n    x', 'runcmd: ["curl https://me:hunter2@example.org"]',
  ])('leaves out cloud-init data with %s', (text) => {
    expect(placesLeftOut(declared(vm(config(text))))).toEqual([where]);
  }); // prettier-ignore

  test('leaves out data that nobody can look into, and keeps public keys', () => {
    expect(placesLeftOut(declared(vm({ userData: '#!/bin/sh\necho hello\n' })))).toEqual([where]);
    const base64 = Buffer.from('#cloud-config\npassword: hunter2!\n').toString('base64');
    expect(placesLeftOut(declared(vm({ userDataBase64: base64 })))).toEqual([`${where}Base64`]);
    expect(placesLeftOut(declared(vm(config('users: [{name: me, ssh_authorized_keys: [ssh-ed25519 AAAA me]}]'))))).toEqual([]); // prettier-ignore
  });

  test('leaves out an address with a password, and a value named after one', () => {
    const volume: KubeObject = { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', metadata: { name: 'a', namespace: 'b' }, spec: { source: { http: { url: 'https://me:hunter2@example.org/a' } } } }; // prettier-ignore
    expect(placesLeftOut(declared(volume))).toEqual(['spec.source.http.url']);
    const pods = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a', namespace: 'b' }, spec: { template: { spec: { containers: [{ name: 'c', env: [{ name: 'DB_PASSWORD', value: 'hunter2' }, { name: 'PORT', value: '80' }] }] } } } }; // prettier-ignore
    expect(placesLeftOut(declared(pods))).toEqual(['spec.template.spec.containers[c].env[DB_PASSWORD].value']);
  });

  const containers = (container: object): KubeObject => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a', namespace: 'b' }, spec: { template: { spec: { containers: [{ name: 'c', ...container }] } } } }); // prettier-ignore
  test.each<[object, string]>([
    [{ args: ['--password', 'hunter2'] }, 'args'], [{ args: ['--requirepass', 'hunter2'] }, 'args'], [{ command: ['sh', '-c', 'redis-server --requirepass hunter2'] }, 'command'],
    [{ command: ['mysqladmin', '-uroot', '-phunter2', 'ping'] }, 'command'], [{ args: ['curl', '-u', 'me:hunter2'] }, 'args'], [{ args: ['sh', '-c', 'echo me:hunter2 | tee /x'] }, 'args'],
    [{ livenessProbe: { exec: { command: ['redis-cli', '--pass', 'hunter2'] } } }, 'livenessProbe.exec.command'],
    ...['PGPASS', 'RESTIC_KEY', 'ENCRYPTION_KEY', 'JWT_SIGNING_KEY', 'AUTH', 'SENTRY_DSN'].map((name) => [{ env: [{ name, value: 'hunter2' }] }, `env[${name}].value`] satisfies [object, string]),
  ])('leaves out what may be a secret of a container: %j', (container, place) => {
    const object = containers(container);
    const file = declared(object);
    expect(placesLeftOut(file)).toEqual([`spec.template.spec.containers[c].${place}`]);
    expect(textOf(file)).not.toContain('hunter2');
    expect(filledIn(file, object)).toEqual(object);
  }); // prettier-ignore

  test('keeps command lines and variables without one', () => {
    const object = containers({ command: ['sh', '-c', 'exec nginx -g "daemon off;"'], args: ['--port', '80', '-p', '443'], env: [{ name: 'PORT', value: '80' }] }); // prettier-ignore
    expect(declared(object)).toEqual(object);
  });

  test('leaves out the texts of a disk, and of a kernel, that may hold a secret', () => {
    const disk = (data: object): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'b' }, ...data }); // prettier-ignore
    expect(placesLeftOut(declared(disk({ data: { netrc: 'machine a.example login me password hunter2\n' } })))).toEqual(['data.netrc']); // prettier-ignore
    expect(placesLeftOut(declared(disk({ binaryData: { x: Buffer.from('hunter2').toString('base64') } })))).toEqual(['binaryData.x']); // prettier-ignore
    expect(placesLeftOut(declared(disk({ data: { 'user-data': '#cloud-config\npackages: [vim]\n' } })))).toEqual([]);
    const booting = (kernelArgs: string): KubeObject => ({ ...vm({}), spec: { template: { spec: { domain: { firmware: { kernelBoot: { kernelArgs } } } } } } }); // prettier-ignore
    expect(placesLeftOut(declared(booting('console=ttyS0 rootpw=hunter2 k3s.token=x')))).toEqual(['spec.template.spec.domain.firmware.kernelBoot.kernelArgs']); // prettier-ignore
    expect(placesLeftOut(declared(booting('console=ttyS0')))).toEqual([]);
  });

  test('a snippet with commands goes into its file, but for one with a word in it', () => {
    const snippet = (text: string): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'b', labels: { 'hearth.dev/cloud-init-snippet': 'mine' } }, data: { text } }); // prettier-ignore
    expect(placesLeftOut(declared(snippet('#cloud-config\npassword: ${PASSWORD}\nruncmd:\n  - systemctl restart nginx\n')))).toEqual([]); // prettier-ignore
    expect(placesLeftOut(declared(snippet('#cloud-config\nruncmd:\n  - mysql -uroot -phunter2\n')))).toEqual(['data.text']); // prettier-ignore
  });

  test('a disk that is a clone can be applied anew: what CDI wrote for its one clone is not in the file', () => {
    const volume: KubeObject = {
      apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', spec: { source: { pvc: { namespace: 'b', name: 'c' } } },
      metadata: { name: 'a', namespace: 'b', annotations: { 'cdi.kubevirt.io/storage.clone.token': 'eyJhbGciOiJQUzI1NiJ9.x', 'cdi.kubevirt.io/storage.extended.clone.token': 'eyJhbGciOiJQUzI1NiJ9.y', 'cdi.kubevirt.io/cloneType': 'copy', 'my/own': '1' } },
    }; // prettier-ignore
    const file = declared(volume);
    expect(placesLeftOut(file)).toEqual([]);
    expect(file.metadata).toEqual({ name: 'a', namespace: 'b', annotations: { 'my/own': '1' } });
  });

  test('whose it is stands in no file, and stays where it is applied', () => {
    const live: KubeObject = {
      ...vm({}), metadata: { name: 'web', namespace: 'default', labels: { [ownerLabel]: 'me', my: 'own' } },
      spec: { dataVolumeTemplates: [{ metadata: { name: 'a', labels: { [ownerLabel]: 'me' } }, spec: {} }, { metadata: { name: 'b', labels: { [ownerLabel]: 'me', my: 'own' } }, spec: {} }, { metadata: { name: 'c' }, spec: {} }] },
    }; // prettier-ignore
    const file = declared(live);
    expect(file.metadata).toEqual({ name: 'web', namespace: 'default', labels: { my: 'own' } });
    expect(file.spec).toEqual({ dataVolumeTemplates: [{ metadata: { name: 'a' }, spec: {} }, { metadata: { name: 'b', labels: { my: 'own' } }, spec: {} }, { metadata: { name: 'c' }, spec: {} }] }); // prettier-ignore
    expect(asHere(file, live).spec).toEqual(live.spec);
    expect(asHere(file, undefined)).toEqual(file);
  });

  test('what was done with an installer’s disc is not in the file', () => {
    const told = declared(
      vm({}, { [installerAnnotation]: '{}', [ejectedAnnotation]: '2026-01-01T00:00:00Z', my: 'own' }),
    );
    expect(told.metadata.annotations).toEqual({ my: 'own' });
  });

  test('a schedule stands without the machine that it means', () => {
    const schedule = JSON.stringify({ rhythm: { every: 'day', at: '03:00' }, keep: 5, uid: 'u', since: '2026-01-01T00:00:00Z' }); // prettier-ignore
    const told = declared(vm({}, { 'hearth.dev/snapshot-schedule': schedule, 'hearth.dev/snapshot-schedule-state': '{}' })); // prettier-ignore
    expect(told.metadata.annotations).toEqual({ 'hearth.dev/snapshot-schedule': '{"rhythm":{"every":"day","at":"03:00"},"keep":5}' }); // prettier-ignore
  });

  test('what was left out comes back by its place, lists by their names', () => {
    const live = vm(config('password: hunter2!'));
    const file = declared(live);
    const { template } = live.spec as { template: { spec: { volumes: unknown[] } } };
    template.spec.volumes = template.spec.volumes.toReversed();
    expect(JSON.stringify(filledIn(file, live))).toContain('hunter2!');
    expect(placesLeftOut(filledIn(file, undefined))).toEqual([where]);
    expect(filledIn({ a: leftOut }, { a: { b: 1 } })).toEqual({ a: leftOut });
  });
});

test('names of files are of Kubernetes, and lead nowhere else', () => {
  const object = (name: string, namespace?: string): KubeObject => ({ apiVersion: 'v1', kind: 'X', metadata: { name, ...(namespace !== undefined && { namespace }) } }); // prettier-ignore
  expect(fileOf('virtualmachines', object('web', 'default'))).toBe('virtualmachines/default/web.yaml');
  expect(fileOf('namespaces', object('lab'))).toBe('namespaces/lab.yaml');
  for (const name of ['..', '../x', 'a/b', '.git', 'A', 'a\nb', '']) expect(fileOf('x', object(name, 'b'))).toBeUndefined(); // prettier-ignore
});

test('fields that differ are told without what is in them', () => {
  const before = vm(config('a: 1'));
  const after = structuredClone(before);
  Object.assign(after.spec as object, { instancetype: { name: 'other', revisionName: 'web-own-1' } });
  Object.assign(after.metadata, { resourceVersion: '8', labels: { a: 'secret' } });
  expect(differing(before, after)).toEqual(['metadata.labels', 'spec.instancetype.name']);
  const map = (value: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`k${at}`, value])) }); // prettier-ignore
  expect(differing(map('1'), map('2'))).toHaveLength(13);
});

test('one object in two files is wrong at the second, by whichever version of its API', async () => {
  const text = (version: string): string => `\napiVersion: cdi.kubevirt.io/${version}\nkind: DataVolume\nmetadata: {name: a, namespace: b}\n`; // prettier-ignore
  const files = [{ path: 'a.yaml', text: text('v1beta1') }, { path: 'b.yaml', text: text('v1alpha1') }]; // prettier-ignore
  const { findings } = await readObjects({ files, findings: [] }, new AbortController().signal);
  expect(findings).toEqual([{ file: 'b.yaml', line: 2, message: 'DataVolume a stands in a.yaml, line 2, too.' }]);
});

test('a map with very many keys, and one with a key twice, are read in no time', async () => {
  const keys = Array.from({ length: 20_000 }, (_, at) => `  k${at}: "1"`).join('\n');
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n${keys}\n  k7: "2"\n`;
  const started = performance.now();
  const { findings } = await readObjects({ files: [{ path: 'a.yaml', text }], findings: [] }, new AbortController().signal); // prettier-ignore
  expect(findings).toEqual([{ file: 'a.yaml', line: 20_005, message: 'Map keys must be unique' }]);
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('addresses and folders', () => {
  for (const url of ['https://git.example.org/a.git', 'ssh://git@example.org:22/a', 'git@example.org:me/a.git', 'file:///srv/a.git']) expect(() => refuseAddress(url)).not.toThrow(); // prettier-ignore
  expect(sourceOf('git@example.org:me/a.git', { every: '60' })).toMatchObject({ type: 'git', every: 60, branch: 'main' }); // prettier-ignore
  expect(sourceOf('/srv/lab', {})).toEqual({ type: 'folder', dir: '/srv/lab' });
  expect(() => sourceOf('/srv/lab', { branch: 'x' })).toThrow('--branch');
  for (const more of [{ every: 'x' }, { every: '1' }, { branch: '--upload-pack=x' }, { branch: '-x' }, { within: '../x' }, { within: '/x' }]) expect(() => sourceOf('https://a.example/b', more)).toThrow(/--(every|branch|within)/); // prettier-ignore
  expect(setSourceSchema.safeParse({ type: 'git', url: 'https://a.example/b', within: 'a/b.c' }).success).toBe(true);
  expect(nameOfSet('/srv/My Lab/', undefined)).toBe('my-lab');
  expect(nameOfSet('git@example.org:me/lab.git', undefined)).toBe('lab');
  expect(nameOfSet('/', undefined)).toBe('set');
});

test('the plan in words', () => {
  const about = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' };
  expect(
    planText({ name: 'lab', findings: [], commit: '0123456789abcdef', objects: [{ ...about, name: 'a', word: 'create' }, { ...about, name: 'b', word: 'change', fields: ['data.a'] }, { ...about, name: 'c', word: 'unchanged' }, { ...about, name: 'd', file: 'd.yaml', line: 3, word: 'refused', detail: 'No.' }] }),
  ).toBe('Commit 0123456789ab\nCreate\n  ConfigMap default/a\nChange\n  ConfigMap default/b: data.a\nRefused\n  ConfigMap default/d (d.yaml:3): No.\n1 to create, 1 to change, 0 to remove, 1 unchanged\n');
  expect(planText({ name: 'lab', objects: [], findings: [{ file: 'a.yaml', line: 0, message: 'No.' }] })).toContain('  a.yaml: No.');
}); // prettier-ignore

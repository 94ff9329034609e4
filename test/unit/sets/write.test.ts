import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { gather } from '../../../main/backend/sets/gather.ts';
import type { Gathered } from '../../../main/backend/sets/gather.ts';
import { filesNotRead } from '../../../main/backend/sets/reach.ts';
import { writeFolder } from '../../../main/backend/sets/write.ts';
import type { KubeClient } from '../../../main/backend/target/client.ts';
import type { Kind } from '../../../main/backend/target/kinds.ts';
import { KubeError } from '../../../main/backend/target/kube-error.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-set-write-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const vm = (name: string): KubeObject => ({ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name, namespace: 'lab' }, spec: { template: { spec: { volumes: [{ name: 'a', secret: { secretName: 'word' } }, { name: 'b', configMap: { name: 'text' } }] } } } }); // prettier-ignore
const disk: KubeObject = { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', metadata: { name: 'd', namespace: 'lab' }, spec: { source: { blank: {} } } }; // prettier-ignore
const text: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'text', namespace: 'lab' },
  data: {},
};
/** A target with these; `refuses`: how it answers for a kind. */
function target(objects: readonly KubeObject[], refuses: Record<string, number> = {}): KubeClient {
  const refuse = (code: number): never => {
    throw new KubeError(code, code === 404 ? 'NotFound' : 'Forbidden', { code: 'kube', title: 'No', detail: 'No.' });
  };
  return {
    list: async ({ kind, plural }: Kind) => {
      const code = refuses[plural];
      return code === undefined ? objects.filter((each) => each.kind === kind) : refuse(code);
    },
    get: async () => refuse(404),
  } as unknown as KubeClient;
}
const write = async (dir: string, client: KubeClient, namespaces: readonly string[] = []) =>
  writeFolder(dir, await gather(client, namespaces), false);

test('the place holder of a Secret does not say whose it is', async () => {
  const word: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'word', namespace: 'lab', labels: { 'hearth.dev/owner': 'me', my: 'own' } }, data: { key: 'eA==' } }; // prettier-ignore
  const client = { ...target([vm('a')]), get: async () => word } as unknown as KubeClient;
  const { files } = await gather(client, []);
  const text = files.find(({ path }) => path === 'secrets/lab/word.yaml')?.text;
  expect(text).toContain('my: own');
  expect(text).not.toMatch(/owner|eA==/);
});

test.each([403, 404])('an export keeps files of what is answered with %i, and what they stand in', async (code) => {
  const dir = join(folder, `answered-${code}`);
  await write(dir, target([vm('a'), disk, text]));
  const files = ['configmaps/lab/text.yaml', 'datavolumes/lab/d.yaml', 'namespaces/lab.yaml', 'secrets/lab/word.yaml', 'virtualmachines/lab/a.yaml']; // prettier-ignore
  for (const file of files) expect(existsSync(join(dir, file))).toBe(true);
  const told = await write(dir, target([text], { datavolumes: code, virtualmachines: code }));
  expect(told).toMatchObject({ removed: [], foreign: [], written: [] });
  expect(told.left).toContain('datavolumes/lab/d.yaml: it stays, because its kind or namespace was not read');
  for (const file of files) expect(existsSync(join(dir, file))).toBe(true);
  const index = JSON.parse(readFileSync(join(dir, '.hearth-set.json'), 'utf8')) as { files: object };
  expect(Object.keys(index.files)).toEqual(files);
  // One kind is served again, and its object is gone; the other is still not read.
  expect((await write(dir, target([], { datavolumes: code }))).removed).toEqual([files[0], files.at(-1)]);
  // A target that never serves a kind of which there is no file keeps nothing because of it.
  expect((await write(dir, target([], { 'network-attachment-definitions': code }))).removed).toEqual(
    files.slice(1, -1),
  );
  expect(existsSync(join(dir, 'namespaces'))).toBe(false);
});

test('what was not read: other namespaces, kinds without an answer, kinds that are not known', () => {
  const reach = (read: string[], namespaces: string[] = []): Pick<Gathered, 'read' | 'namespaces'> => ({ read: new Set(read), namespaces }); // prettier-ignore
  const kept = (paths: string[], ...how: Parameters<typeof reach>): string[] => [...filesNotRead(paths, reach(...how))];
  const files = ['configmaps/a/x.yaml', 'configmaps/b/x.yaml', 'namespaces/a.yaml', 'namespaces/b.yaml', 'secrets/a/s.yaml', 'secrets/b/s.yaml']; // prettier-ignore
  expect(kept(files, ['configmaps'])).toEqual([]);
  expect(kept(files, ['configmaps/a'], ['a'])).toEqual(['configmaps/b/x.yaml', 'namespaces/b.yaml', 'secrets/b/s.yaml']); // prettier-ignore
  expect(kept(['others/x.yaml', 'others/a/x.yaml'], ['configmaps'])).toEqual(['others/x.yaml', 'others/a/x.yaml']);
  expect(kept(['types/x.yaml'], ['types', 'configmaps/a'], ['a'])).toEqual([]);
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeTargets, until } from '../../support/operations/lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-labs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const text = `apiVersion: labs.hearth.dev/v1
kind: Lab
metadata: { name: files, title: Files, summary: A machine as a file., minutes: 5, level: beginner }
machines: [{ name: shop, disk: 16Mi, memory: 64Mi, start: false }]
steps:
  - id: keep
    title: Keep it
    text: Export it.
    checks:
      - { id: kept, title: Kept, message: Export it., every: 500ms, api: { kind: VirtualMachine, name: shop, path: ".metadata.annotations['hearth.dev/exported']", matches: '^2' } }
    solution: [{ export: { machine: shop, file: backup } }]
  - id: back
    title: Get it back
    text: Import it.
    before: [{ delete: { kind: VirtualMachine, name: shop } }, { wait: { for: { api: { kind: VirtualMachine, name: shop, absent: true } } } }]
    checks:
      - { id: there, title: There, message: Import it., every: 500ms, api: { kind: VirtualMachine, name: shop } }
    solution: [{ import: { file: backup, machine: shop, identity: same, start: false } }]
`;

describeTargets('machines as files in labs', (lab) => {
  beforeAll(async () => {
    mkdirSync(join(folder, 'files'), { recursive: true });
    writeFileSync(join(folder, 'files', 'lab.yaml'), text);
    await lab.api.settings.update({ labFolder: folder });
    await lab.done((await lab.api.labs.start({ lab: 'files' })).taskId);
  });
  const opened = (at: number) => until(lab.api.labs.run({ lab: 'files' }), (run) => run?.steps[at]?.state === 'open' && run.taskId === undefined); // prettier-ignore
  const machine = () => lab.get('kubevirt.io/v1', 'virtualmachines', 'shop', 'lab-files');

  test('an export is noted at the machine; an import is the lab’s again, with its disk', async () => {
    const before = await machine();
    await opened(0);
    await lab.done((await lab.api.labs.solve({ lab: 'files', step: 'keep' })).taskId);
    expect((await machine()).metadata.annotations?.['hearth.dev/exported']).toMatch(/^\d{4}-/);
    await lab.api.labs.next({ lab: 'files', step: 'keep' });
    await opened(1);
    await lab.done((await lab.api.labs.solve({ lab: 'files', step: 'back' })).taskId);
    const after = await machine();
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(after.metadata.labels).toMatchObject({ 'hearth.dev/lab': 'files' });
    // What was noted at the old one does not come along.
    expect(after.metadata.annotations?.['hearth.dev/exported']).toBeUndefined();
    const { items } = (await lab.kube.request('GET', '/apis/cdi.kubevirt.io/v1beta1/namespaces/lab-files/datavolumes')) as unknown as { items: { metadata: { labels?: object } }[] }; // prettier-ignore
    expect(items.map(({ metadata }) => metadata.labels)).toEqual([expect.objectContaining({ 'hearth.dev/lab': 'files' })]); // prettier-ignore
    await lab.done((await lab.api.labs.end({ lab: 'files' })).taskId);
  }, 60_000);
});

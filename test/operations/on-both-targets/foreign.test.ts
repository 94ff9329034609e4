import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pickList, pickText } from '../../../main/backend/target/pick.ts';
import { describeTargets } from '../../support/operations/lab.ts';

const samples = join(import.meta.dirname, '../../unit/foreign/samples');
const fileOf = (name: string) => {
  const content = readFileSync(join(samples, name));
  return { name, size: content.length, head: content.toString('base64') };
};
let web: Server;
let address: string;
beforeAll(async () => {
  const bytes = Buffer.alloc(1024 * 1024, 7);
  web = createServer((_request, response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
});
afterAll(() => {
  web.closeAllConnections();
  web.close();
});

describeTargets('machines of other programs', (lab) => {
  test('every sample is a machine that the target takes, or refuses for what it cannot do', async () => {
    const refused: string[] = [];
    for (const name of readdirSync(samples)) {
      const { preview, disks, machine } = await lab.api.foreign.preview({ files: [fileOf(name)] });
      expect(preview.objects.map(({ kind }) => kind)).toEqual(['VirtualMachine']);
      expect(disks).toHaveLength(machine.disks.length);
      if (preview.problem) refused.push(preview.problem.detail);
    }
    // Here: without Secure Boot's firmware, or without programs for a TPM.
    for (const detail of refused) expect(detail).toMatch(/secure ?boot|tpm/i);
    expect(refused.length).toBeLessThan(5);
  });

  test('one is made with its disks from the library, as the preview showed it', async () => {
    for (const [name, file] of [['mail-root', 'vm-200-disk-1.qcow2'], ['mail-data', 'vm-200-disk-2.raw']] as const) {
      const { taskId } = await lab.api.images.addFromUrl({ name, url: `${address}/disk.img`, displayName: file });
      await lab.done(taskId);
    }
    const { input, disks, preview } = await lab.api.foreign.preview({ files: [fileOf('200-old.conf')] });
    expect(disks.map(({ slot, image }) => [slot, image?.name])).toEqual([['virtio1', 'mail-root'], ['virtio0', 'mail-data']]);
    expect(preview.problem).toBeUndefined();
    await lab.create(input);
    const vm = await lab.get('kubevirt.io/v1', 'virtualmachines', 'mail');
    const sources = pickList(vm, 'spec', 'dataVolumeTemplates').map((each) => pickText(each, 'spec', 'source', 'pvc', 'name'));
    expect(sources).toEqual(['mail-root', 'mail-data']);
    await lab.machine('mail', ({ row, disks: made }) => row.status === 'Stopped' && made.length === 2);
    const again = await lab.api.foreign.preview({ files: [fileOf('200-old.conf')] });
    expect(again.input.name).toBe('mail-2');
    await lab.remove('mail');
  });
}); // prettier-ignore

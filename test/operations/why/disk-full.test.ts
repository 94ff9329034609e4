import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { MachineDetail } from '../../../main/contract/machine.ts';
import type { WhyChain } from '../../../main/contract/why.ts';
import { rowOf } from '../../e2e/support/guest.ts';
import { axeInBothThemes, Lab } from '../../e2e/support/lab.ts';
import { startServer } from '../../support/disks/server.ts';
import type { BadServer } from '../../support/disks/server.ts';
import { kubeOf } from '../../support/kube.ts';
import { cureOf, faulty, templateOf, vmPath } from '../../support/operations/why.ts';
import { mayMount, smallDisk } from '../../support/small-disk.ts';
import type { SmallDisk } from '../../support/small-disk.ts';

const mib = 2 ** 20;
/** What Hearth leaves free of a disk. */
const reserve = 64 * mib;

describe.runIf(mayMount)('an import onto a full disk', () => {
  let disk: SmallDisk | undefined;
  let lab: Lab | undefined;
  let server: BadServer | undefined;
  afterEach(async () => {
    await lab?.end();
    await server?.stop();
    await disk?.remove();
  });

  it('says what it needs and what there is; the button imports it once there is room, and not before', async (context) => {
    disk = await smallDisk(320);
    if (!disk) return context.skip('no file system can be mounted here');
    server = await startServer();
    // Random bytes: neither zeros nor a packer could make it fit after all.
    server.files.set('/big.img', { content: randomBytes(24 * mib) });
    lab = await Lab.start({ dataDir: disk.folder, starter: 'nothing' });
    const api = await lab.api();
    await api.settings.update({ setupDone: true });
    await disk.fill(reserve + 8 * mib);
    const ref = { namespace: 'default', name: 'big' };
    const url = server.url('/big.img');
    const vm = faulty('big', (_spec, made) => void (templateOf(made).spec['source'] = { http: { url } }));
    await kubeOf(lab.hearth.kubeconfig).request('POST', vmPath, vm);

    const told = async (more: (detail: MachineDetail) => boolean = () => true): Promise<WhyChain> => {
      for await (const detail of api.machines.detail(ref)) {
        const found = detail.why.find(({ cause }) => cause === 'disk-full');
        if (found && more(detail)) return found;
      }
      throw new Error('the machine was not told any more');
    };
    const chain = await told();
    const words = /needs 24\.0 MiB, but only (\d+\.\d) MiB can be used .*Free (\d+\.\d) MiB/;
    expect(chain.short).toMatch(words);
    const facts = words.exec(chain.short);
    const usable = ((await disk.free()) - reserve) / mib;
    expect(Number(facts?.[1])).toBeGreaterThan(usable - 2);
    expect(Number(facts?.[1])).toBeLessThan(usable + 2);
    expect(Number(facts?.[1]) + Number(facts?.[2])).toBeCloseTo(24, 0);
    expect(chain.short).toContain(disk.folder);
    expect(cureOf(chain, 'importAgain').action.dataVolume).toEqual({ namespace: 'default', name: 'big-root' });
    expect((await rowOf(api, 'big', ({ why }) => why !== undefined)).why).toBe(chain.short);

    const page = await lab.open('/machines/default/big');
    const box = page.locator('[data-cause=disk-full]');
    await box.getByText(/needs 24\.0 MiB, but only/).first().waitFor(); // prettier-ignore
    expect(await axeInBothThemes(page)).toEqual([]);
    const uid = ({ dataVolumes: [volume] }: MachineDetail): string => volume?.metadata.uid ?? '';
    let first = '';
    await told((detail) => (first = uid(detail)) !== '');
    // Still full: it is tried, and says so again.
    await box.getByRole('button', { name: 'Import again' }).click();
    await told((detail) => uid(detail) !== first);
    await disk.makeRoom();
    await box.getByRole('button', { name: 'Import again' }).click();
    await rowOf(api, 'big', ({ status }) => status === 'Running');
    await box.waitFor({ state: 'detached' });
  }, 180_000);
});

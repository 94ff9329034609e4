import { expect, it } from 'vitest';
import type { LabRow } from '../../../main/contract/labs/run.ts';
import { describeTargets } from '../../support/operations/lab.ts';

describeTargets('shipped labs that need more than a target has', (lab) => {
  const row = async (name: string): Promise<LabRow> => {
    for await (const update of lab.api.labs.watch({})) {
      const found = update.type === 'snapshot' ? update.items.find((each) => each.name === name) : undefined;
      if (found) return found;
    }
    throw new Error(`there is no lab ${name}`);
  };

  it('say what is missing and where to get it, and do not start', async () => {
    // The Quick lab runs no Deployments; neither it nor this cluster has sandboxes for containers.
    const missing = async (name: string) => (await row(name)).missing.filter(({ what }) => !/^KubeVirt|has to be/.test(what));
    expect(await missing('vm-and-containers')).toEqual(lab.kind === 'cluster' ? [] : expect.arrayContaining([{ what: 'The target does not serve apps/Deployment.', remedy: expect.stringMatching(/Containers need a cluster/) }]));
    expect(await missing('isolation')).toEqual(expect.arrayContaining(['gvisor', 'kata'].map((name) => ({ what: `The target has no RuntimeClass ${name}.`, remedy: expect.stringMatching(/runsc.*Kata Containers/s) }))));
    const software = (await missing('kubernetes-in-vms')).find(({ what }) => /run in software/.test(what));
    const { capacity } = (await firstOf(lab.api.target.watch({}))) ?? {};
    expect(software !== undefined).toBe(capacity?.accelerator === 'tcg');
    for (const name of lab.kind === 'cluster' ? ['isolation'] : ['vm-and-containers', 'isolation'])
      await expect(lab.api.labs.start({ lab: name })).rejects.toThrow(/./);
  });
}); // prettier-ignore

async function firstOf<T>(stream: AsyncIterable<T>): Promise<T | undefined> {
  for await (const each of stream) return each;
  return undefined;
}

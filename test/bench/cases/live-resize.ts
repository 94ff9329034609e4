import { join } from 'node:path';
import { Qmp } from '../../../main/embedded/machine/qemu/qmp.ts';
import { kubeOf } from '../../support/kube.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';
import { openLab } from '../lab.ts';

const MiB = 2 ** 20;

/** A disk of a running machine grows: from the PATCH of its claim to the claim's new capacity, beside bare `block_resize`. */
export async function measure(): Promise<Figure[]> {
  const lab = await openLab();
  try {
    const ref = await lab.create('grower');
    const kube = kubeOf(lab.hearth.kubeconfig);
    const machine = `/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstances?fieldSelector=metadata.name%3D${ref.name}`;
    await kube.watch(machine, ({ object }) => object.status?.['phase'] === 'Running');
    const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
    const claim = `${ref.name}-root`;
    const ours: number[] = [];
    for (let run = 1; run <= 9; run += 1) {
      const storage = `${2048 + run * 64}Mi`;
      const started = performance.now();
      const grown = kube.watch(`${claims}?fieldSelector=metadata.name%3D${claim}`, ({ object }) => {
        const capacity = object.status?.['capacity'] as { storage?: string } | undefined;
        return capacity?.storage === storage;
      });
      await kube.request('PATCH', `${claims}/${claim}`, { spec: { resources: { requests: { storage } } } }, 'application/merge-patch+json'); // prettier-ignore
      await grown;
      ours.push(performance.now() - started);
    }
    const { argv } = lab.record(ref.name);
    const path = /path=([^,]+\.qm2)/.exec(argv.join(' '))?.[1] ?? join(lab.dataDir, 'no-monitor');
    const qmp = await Qmp.connect(path);
    const bare: number[] = [];
    try {
      for (let run = 1; run <= 9; run += 1) {
        const started = performance.now();
        await qmp.execute('block_resize', { 'node-name': 'd0', size: (4096 + run * 64) * MiB });
        bare.push(performance.now() - started);
      }
    } finally {
      qmp.close();
    }
    return [
      {
        what: 'disk of a running machine grows, PATCH to capacity',
        ours: median(ours),
        bare: median(bare),
        bareName: 'QMP block_resize',
        unit: 'ms',
        better: 'lower',
        goal: { own: 500 },
        note: 'median of 9',
      },
    ];
  } finally {
    await lab.close();
  }
}

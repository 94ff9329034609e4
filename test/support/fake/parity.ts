import type { Api } from '../../../main/contract/contract.ts';
import type { MachineForm } from '../../../main/contract/form.ts';
import { ProblemError } from '../../../main/contract/problem.ts';

const form: MachineForm = {
  description: 'Web server',
  runStrategy: 'RerunOnFailure',
  size: { type: 'instancetype', name: 'u1.small', cluster: true },
  firmware: 'preferred',
  tpm: 'none',
  disks: [{ name: 'root', kind: 'disk', bus: 'virtio', bootOrder: 1 }],
  interfaces: [{ name: 'default', model: 'virtio' }],
};

/** The form of a machine, and moves between nodes: the preview's lab has one node. */
export const fakeParity = (): Pick<Api, 'form' | 'migrations'> => ({
  form: {
    read: async () => ({ form, version: '1' }),
    apply: async ({ namespace, name }) => ({ namespace, name }),
  },
  migrations: {
    nodes: async () => [],
    start: async () => {
      throw new ProblemError({ code: 'move-failed', title: 'The machine did not move', detail: 'There is one node.' });
    },
  },
});

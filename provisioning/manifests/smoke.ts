import type { Manifest } from '../plan.ts';
import { imageNamespace } from './hearth.ts';
import { smokeImageName } from './smoke-image.ts';

export const smokeRef = { namespace: imageNamespace, name: 'hearth-smoke' } as const;

/**
 * The first virtual machine, as proof: a boot sector from an image that is on the node already. No network, no screen, no
 * claim, so that it shows whether a guest runs and nothing else.
 */
export const smokeMachine: Manifest = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: { ...smokeRef, labels: { 'app.kubernetes.io/managed-by': 'hearth', 'hearth.dev/smoke': 'true' } },
  spec: {
    terminationGracePeriodSeconds: 0,
    domain: {
      memory: { guest: '64Mi' },
      devices: {
        autoattachPodInterface: false,
        autoattachGraphicsDevice: false,
        autoattachMemBalloon: false,
        disks: [{ name: 'boot', bootOrder: 1, disk: { bus: 'virtio' } }],
      },
    },
    volumes: [
      {
        name: 'boot',
        // Never: what is missing shows as ErrImageNeverPull at once and not as a registry that does not exist.
        containerDisk: { image: smokeImageName, path: '/disk/smoke.img', imagePullPolicy: 'Never' },
      },
    ],
  },
};

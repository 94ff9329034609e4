import { stringify } from 'yaml';

/** Devices of the host that a node passes on to virtual machines, where they exist. */
export const nodeDevices = ['/dev/kvm', '/dev/net/tun', '/dev/vhost-net'] as const;

/**
 * A one-node cluster that KubeVirt runs on (format: kind.sigs.k8s.io/docs/user/configuration). Rootful engines show their
 * privileged nodes every device already; the mounts are for rootless ones and do no harm. `volumes` is a folder of ours:
 * without it the disks of the machines would lie in an anonymous volume of the container engine.
 */
export const clusterConfig = (options: { name: string; devices: readonly string[]; volumes: string }): string =>
  stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name: options.name,
    networking: { apiServerAddress: '127.0.0.1' },
    nodes: [
      {
        role: 'control-plane',
        extraMounts: [
          ...options.devices.map((path) => ({ hostPath: path, containerPath: path })),
          { hostPath: options.volumes, containerPath: '/var/local-path-provisioner' },
        ],
      },
    ],
    // CDI writes to block devices as an ordinary user (containerd/containerd docs/cri/config.md; containerd 2 key names).
    containerdConfigPatches: [
      '[plugins."io.containerd.cri.v1.runtime"]\n  device_ownership_from_security_context = true\n',
    ],
  });

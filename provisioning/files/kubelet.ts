import type { PlanFacts } from '../facts.ts';
import { commentedYaml } from './yaml.ts';

/** Seconds that virtual machines are given when the host is switched off; of them the last for what others depend on. */
const grace = 120;
const criticalGrace = 20;
const GiB = 2 ** 30;

/**
 * Drop-in of the kubelet (https://docs.k3s.io/installation/configuration). Limits in bytes: disks of desktops are often fuller
 * than the percentages of a server allow, and every one must be named, since naming one sets the others to none.
 * That a power-off waits for virtual machines was never seen on a real machine by us.
 */
export function kubeletConfig(facts: Pick<PlanFacts, 'disk'>): string {
  // Images are thrown away only when about 6 GiB are left, whatever part of the disk that is.
  const high = Math.min(97, Math.max(80, Math.floor(100 - (600 * GiB) / Math.max(facts.disk.total, GiB))));
  return commentedYaml('Written by Hearth.', [
    { key: 'apiVersion', value: 'kubelet.config.k8s.io/v1beta1', why: 'Read after the defaults of k3s.' },
    { key: 'kind', value: 'KubeletConfiguration', why: 'A part of it.' },
    { key: 'shutdownGracePeriod', value: `${grace}s`, why: 'Time for virtual machines when the host is switched off.' },
    { key: 'shutdownGracePeriodCriticalPods', value: `${criticalGrace}s`, why: 'The last of it, for what they need.' },
    {
      key: 'evictionHard',
      value: {
        'memory.available': '200Mi',
        'nodefs.available': '2Gi',
        'imagefs.available': '2Gi',
        'nodefs.inodesFree': '5%',
      },
      why: 'Below these, pods are ended to save the host.',
    },
    {
      key: 'evictionMinimumReclaim',
      value: { 'nodefs.available': '500Mi', 'imagefs.available': '500Mi' },
      why: 'k3s asks for a tenth of the disk.',
    },
    { key: 'imageGCHighThresholdPercent', value: high, why: 'Unused images go when the disk is this full.' },
    { key: 'imageGCLowThresholdPercent', value: high - 5, why: 'And until it is this full.' },
  ]);
}

/**
 * The kubelet writes this very file when logind grants less time than it wants
 * (pkg/kubelet/nodeshutdown/systemd of kubernetes/kubernetes). Placed by us, it goes with the appliance.
 */
export const logindConf = `# Kubelet logind override
[Login]
InhibitDelayMaxSec=${grace}
`;

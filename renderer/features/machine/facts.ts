import type { MachineDetail } from '../../../main/contract/machine.ts';

interface Volume {
  metadata?: { namespace?: string };
  spec?: Record<string, unknown>;
}

/** The library image its root disk was cloned from, as namespace/name. A restored disk has no DataVolume: the machine's own template tells. */
export function imageOf(detail: MachineDetail): string | undefined {
  const templates = (detail.vm.spec?.['dataVolumeTemplates'] ?? []) as Volume[];
  for (const volume of [...detail.dataVolumes, ...templates] as Volume[]) {
    const source = volume.spec?.['source'];
    if (typeof source !== 'object' || source === null || !('pvc' in source)) continue;
    const { namespace, name } = source.pvc as { namespace?: string; name?: string };
    if (name !== undefined)
      return `${namespace ?? volume.metadata?.namespace ?? detail.vm.metadata.namespace ?? ''}/${name}`;
  }
  return undefined;
}

/** How to reach its SSH port from this computer: a forwarded port 22, else nothing. */
export function sshCommand(detail: MachineDetail, user: string): string | undefined {
  for (const nic of detail.interfaces) {
    const forward = nic.forwards.find((each) => each.guestPort === 22 && each.protocol === 'TCP' && !each.problem);
    if (forward) return `ssh -p ${forward.hostPort} ${user}@${forward.address || '127.0.0.1'}`;
  }
  return undefined;
}

const strategies = ['Always', 'RerunOnFailure', 'Manual', 'Halted', 'Once'] as const;

/** What shall happen when it stops; KubeVirt's older `running: true` means Always. */
export function strategyOf(detail: MachineDetail): (typeof strategies)[number] | undefined {
  const spec = detail.vm.spec ?? {};
  const word = spec['runStrategy'] ?? (spec['running'] === true ? 'Always' : spec['running'] === false ? 'Halted' : '');
  return strategies.find((each) => each === word);
}

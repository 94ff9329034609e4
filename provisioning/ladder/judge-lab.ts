import { inWords } from './judge-cluster.ts';
import type { DevicesObservation, OperatorObservation, SmokeObservation, Verdict } from './observations.ts';

/**
 * KubeVirt and CDI tell the same way: phase Deployed, Available, not Degraded, and the version they run is the one asked
 * for. While an update is under way Available, Progressing and Degraded can all be True. What the operator cannot do stands
 * in Synchronized.
 */
export function judgeOperator(product: 'KubeVirt' | 'CDI', seen: OperatorObservation): Verdict {
  if (!seen.found) return { state: 'wait', detail: `${product} has not been asked for yet.` };
  const condition = (type: string) => seen.conditions.find((each) => each.type === type);
  const unsynced = condition('Synchronized');
  const cause = seen.pods.length > 0 ? { cause: inWords(seen.pods) } : {};
  if (unsynced?.status === 'False')
    return {
      state: 'wait',
      detail: `The operator of ${product} cannot go on: ${unsynced.message || unsynced.reason || 'it does not say why'}`,
      ...cause,
    };
  if (seen.phase === 'Error')
    return {
      state: 'fail',
      detail: `${product} is in error: ${condition('Degraded')?.message ?? condition('Available')?.message ?? 'it does not say why'}`,
      ...cause,
    };
  const deployed = seen.phase === 'Deployed';
  const current = seen.targetVersion === '' || seen.observedVersion === seen.targetVersion;
  const available = condition('Available')?.status === 'True';
  const degraded = condition('Degraded')?.status === 'True';
  if (deployed && current && available && !degraded) {
    const open = seen.besides.filter((each) => !each.holds).map((each) => each.what);
    if (open.length === 0)
      return { state: 'pass', detail: `${product} ${seen.observedVersion} is deployed.`.replace('  ', ' ') };
    return { state: 'wait', detail: `${product} is deployed, but not yet: ${open.join(', ')}.` };
  }
  if (deployed && !current)
    return {
      state: 'wait',
      detail: `${product} goes from ${seen.observedVersion} to ${seen.targetVersion}.`,
      ...cause,
    };
  const words = condition('Available')?.message || condition('Progressing')?.message;
  return { state: 'wait', detail: `${product}: ${seen.phase || 'no phase yet'}${words ? `, ${words}` : ''}`, ...cause };
}

const deviceNames = ['kvm', 'tun', 'vhost-net'] as const;
const modules = { kvm: 'kvm_intel or kvm_amd', tun: 'tun', 'vhost-net': 'vhost_net' } as const;

export function judgeDevices({ accelerator, nodes }: DevicesObservation): Verdict {
  // In software mode KubeVirt asks for neither kvm nor vhost-net (getRequiredResources of its virt-controller).
  const wanted = deviceNames.filter((name) => name === 'tun' || accelerator === 'kvm');
  if (nodes.length === 0) return { state: 'wait', detail: 'No node has signed in yet.' };
  const able = nodes.find((node) => node.schedulable && wanted.every((name) => (node.devices[name] ?? 0) > 0));
  if (able) {
    const list = wanted.map((name) => `${name} ${able.devices[name]}`).join(', ');
    const software = accelerator === 'tcg' ? ' kvm is not asked for: machines run in software.' : '';
    return { state: 'pass', detail: `${able.name} offers ${list}.${software}` };
  }
  const [node] = nodes;
  if (!node?.schedulable)
    return {
      state: 'wait',
      detail: `${node?.name ?? 'The node'} is not marked as able to run machines (kubevirt.io/schedulable).`,
      cause: 'virt-handler marks it when it has started there.',
    };
  const missing = wanted.filter((name) => (node.devices[name] ?? 0) === 0);
  return {
    state: 'wait',
    detail: `${node.name} offers no ${missing.join(', no ')}.`,
    cause: `The kernel module is not loaded: ${missing.map((name) => modules[name]).join(', ')}.`,
    fix: missing.includes('kvm')
      ? 'Load the module, or set the appliance to software mode (no KVM).'
      : `Load it: modprobe ${missing.map((name) => modules[name]).join(' ')}`,
  };
}

export function judgeSmoke({
  accelerator,
  architecture,
  phase,
  conditions,
  signSeen,
  pods,
}: SmokeObservation): Verdict {
  if (architecture !== '' && architecture !== 'amd64')
    return { state: 'skipped', detail: `The proof is for PCs; this node is ${architecture}.` };
  if (signSeen) return { state: 'pass', detail: 'A virtual machine started and spoke on its serial port.' };
  const cause = pods.length > 0 ? { cause: inWords(pods) } : {};
  if (pods.some((pod) => pod.reason === 'ErrImageNeverPull'))
    return {
      state: 'fail',
      detail: 'The image of the first machine is not on the node.',
      cause: 'k3s imports /var/lib/rancher/k3s/agent/images when it starts; the file came later or was not readable.',
      fix: 'Restart k3s; virtual machines keep running.',
    };
  if (phase === 'Failed' || phase === 'Succeeded')
    return {
      state: 'fail',
      detail: phase === 'Failed' ? 'The first machine ended with an error.' : 'The first machine ended by itself.',
      ...cause,
    };
  const why = conditions.find((each) => each.status === 'False' && each.message);
  if (phase === 'Running' && accelerator === 'tcg')
    return { state: 'wait', detail: 'The first machine runs; it has not spoken yet. Software mode is slow.' };
  if (phase === 'Running')
    return {
      state: 'wait',
      detail: 'The first machine runs, but shows no sign of life yet.',
      cause: 'Hardware acceleration that starts machines and then hangs them looks like this.',
      fix: 'Set the appliance to software mode (no KVM) and look again.',
    };
  return {
    state: 'wait',
    detail: `The first machine is ${phase === '' ? 'not there yet' : phase.toLowerCase()}${why ? `: ${why.message}` : ''}`,
    ...cause,
  };
}

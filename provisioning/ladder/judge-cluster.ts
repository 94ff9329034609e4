import type {
  CoreObservation,
  NodeObservation,
  PathsObservation,
  PodTrouble,
  StorageObservation,
  Verdict,
} from './observations.ts';

/** Reasons of a waiting container that more waiting does not cure, or hardly. */
export const inWords = (pods: readonly PodTrouble[]): string =>
  pods.map(({ pod, reason, message }) => `${pod}: ${reason}${message ? ` (${message})` : ''}`).join('; ');

const taintWords: Record<string, { cause: string; fix: string }> = {
  'node.kubernetes.io/disk-pressure': {
    cause: 'The disk is nearly full, so nothing new is started on the node and pods are thrown out.',
    fix: 'Make room on the disk of /var/lib/rancher and /var/lib/kubelet.',
  },
  'node.kubernetes.io/memory-pressure': {
    cause: 'The memory is nearly used up.',
    fix: 'Stop some virtual machines or programs.',
  },
  'node.kubernetes.io/pid-pressure': {
    cause: 'There are nearly as many processes as the system allows.',
    fix: 'End programs, or raise kernel.pid_max.',
  },
  'node.kubernetes.io/unschedulable': {
    cause: 'Somebody took the node out of service (cordon).',
    fix: 'Put it back into service: kubectl uncordon.',
  },
  'node.kubernetes.io/network-unavailable': {
    cause: 'The pod network of the node is not set up.',
    fix: 'Look for flannel in the journal of k3s.',
  },
};

export function judgeNode({ nodes }: NodeObservation): Verdict {
  if (nodes.length === 0) return { state: 'wait', detail: 'No node has signed in yet.' };
  const wrong = nodes.flatMap((node) => {
    const why = notUsable(node);
    return why ? [{ ...why, agent: node.agent }] : [];
  });
  const needed = wrong.find(({ agent }) => !agent);
  if (needed) {
    const { agent: _agent, ...why } = needed;
    return { state: 'wait', ...why };
  }
  // What runs on the others runs on.
  if (wrong.length > 0)
    return {
      state: 'pass',
      detail: `${nodes.length - wrong.length} of ${nodes.length} nodes are ready. ${wrong.map(({ detail }) => detail).join(' ')}`,
    };
  return { state: 'pass', detail: nodes.length === 1 ? 'The node is ready.' : `All ${nodes.length} nodes are ready.` };
}

/** Why nothing can be started on a node; undefined: it can. */
function notUsable({ name, conditions, taints }: NodeObservation['nodes'][number]): Omit<Verdict, 'state'> | undefined {
  const ready = conditions.find((condition) => condition.type === 'Ready');
  if (ready?.status !== 'True')
    return {
      detail: `${name} is not ready${ready?.message ? `: ${ready.message.replace(/\.$/, '')}` : ''}.`,
      ...(ready?.message?.includes('cni plugin not initialized') && {
        cause: 'The pod network is not up yet: flannel writes its configuration when it has found an address.',
      }),
      ...(ready?.status === 'Unknown' && {
        cause: 'The node stopped reporting: it is off, asleep, or its address changed.',
      }),
    };
  const blocking = taints.filter((taint) => taint.effect !== 'PreferNoSchedule');
  const [first] = blocking;
  if (!first) return undefined;
  return {
    detail: `${name} takes no work: ${blocking.map((taint) => taint.key).join(', ')}.`,
    ...taintWords[first.key],
  };
}

export function judgeCore({ deployments, pods }: CoreObservation): Verdict {
  if (deployments.length === 0) return { state: 'wait', detail: 'k3s has not deployed its services yet.' };
  const missing = deployments.filter((each) => each.wanted > 0 && each.available < each.wanted);
  if (missing.length === 0)
    return { state: 'pass', detail: `${deployments.map((each) => each.name).join(', ')}: available.` };
  return {
    state: 'wait',
    detail: `Not available yet: ${missing.map((each) => each.name).join(', ')}.`,
    ...(pods.length > 0 && { cause: inWords(pods) }),
  };
}

const wayBack = /dial tcp \S+:443: (?:i\/o timeout|connect: no route to host|connect: connection refused)/;
const firewall = {
  cause: 'A firewall between pods and host drops it: firewalld, ufw, or the FORWARD rule of Docker.',
  fix: 'Let the pod and service networks pass (10.42.0.0/16 and 10.43.0.0/16 unless you chose others): firewalld: add them to the zone trusted; ufw: allow from both, and `ufw route allow`.',
};

export function judgePaths({ metricsService, dnsLog }: PathsObservation): Verdict {
  const refused = dnsLog.findLast((line) => wayBack.test(line));
  if (refused)
    return {
      state: 'wait',
      detail: `Pods do not reach the API server: ${refused.trim()}`,
      // Refused is no firewall: the API server is starting again.
      ...(!refused.includes('connection refused') && firewall),
    };
  if (!metricsService) return { state: 'wait', detail: 'The metrics service is not registered yet.' };
  if (metricsService.status === 'True')
    return { state: 'pass', detail: 'The API server reaches a pod, and pods reach the API server.' };
  const detail = `The API server does not reach the metrics service: ${metricsService.message || metricsService.reason || 'no reason given'}`;
  const way = /no route to host|i\/o timeout|context deadline exceeded|Client\.Timeout/.test(detail);
  return { state: 'wait', detail, ...(way && firewall) };
}

export function judgeStorage({ classes, pool }: StorageObservation): Verdict {
  const standard = classes.find((each) => each.isDefault);
  if (!standard)
    return {
      state: 'wait',
      detail: classes.length === 0 ? 'There is no storage class yet.' : 'No storage class is the default.',
      cause:
        'k3s makes its own, local-path, when it starts. A disk that asks for no class stays pending for ever without.',
      ...(classes.length > 0 && { fix: `Make one the default: ${classes.map((each) => each.name).join(' or ')}.` }),
    };
  const late = (binding: string): string => (binding === 'WaitForFirstConsumer' ? ', bound at the first use' : '');
  if (!pool)
    return {
      state: 'pass',
      detail: `${standard.name} is the default (${standard.provisioner}${late(standard.binding)}).`,
    };
  if (pool.failed !== undefined)
    return {
      state: 'fail',
      detail: `The driver of the pool was not installed: ${pool.failed}`,
      cause: 'k3s fetches it from the internet by itself; or the volume group is not there.',
      fix: 'Look at the job helm-install-topolvm in kube-system, and at `vgs hearth` on the machine.',
    };
  const found = classes.find((each) => each.name === pool.storageClass);
  if (!found || !pool.registered)
    return {
      state: 'wait',
      detail: `The driver of the pool is not ready yet${found ? ': it has not signed in at the node' : ''}.`,
      ...(pool.pods.length > 0 && { cause: inWords(pool.pods) }),
    };
  return {
    state: 'pass',
    detail: `${found.name} can snapshot and takes machines' disks; ${standard.name} takes the rest.`,
  };
}

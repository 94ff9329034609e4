import type { KubeObject } from '../../contract/kube.ts';
import type { PodTrouble } from '../../contract/pods.ts';
import { pickList, pickText } from '../target/pick.ts';
import { containerStates, isReady } from './containers.ts';
import type { ContainerState, Ended } from './containers.ts';

const trouble = (title: string, cure: string, detail?: string): PodTrouble => ({ title, cure, ...(detail && { detail }) }); // prettier-ignore

/** Why a container waits, by the reason that the kubelet gives. */
const waits: Readonly<Record<string, (name: string) => [title: string, cure: string]>> = {
  ImagePullBackOff: (name) => [`The image of ${name} cannot be fetched`, 'Correct the name or tag of the image; for a private registry add an image pull secret; see whether the node reaches the registry.'], // prettier-ignore
  ErrImagePull: (name) => [`The image of ${name} cannot be fetched`, 'Correct the name or tag of the image; for a private registry add an image pull secret; see whether the node reaches the registry.'], // prettier-ignore
  InvalidImageName: (name) => [`The name of the image of ${name} is not one`, 'Correct the image in the manifest: REGISTRY/NAME:TAG, in lowercase letters.'], // prettier-ignore
  ErrImageNeverPull: (name) => [`The image of ${name} is not on the node, and may not be fetched`, 'Bring the image to the node, or set imagePullPolicy to IfNotPresent.'], // prettier-ignore
  CreateContainerConfigError: (name) => [`Something that ${name} takes its settings from is missing`, 'Make the ConfigMap or Secret that is named, or take it out of the manifest.'], // prettier-ignore
  CreateContainerError: (name) => [`${name} could not be made`, 'Correct the command, mounts or devices in the manifest.'], // prettier-ignore
  RunContainerError: (name) => [`${name} could not be started`, 'See whether the command is in the image; leave it out to start what the image starts.'], // prettier-ignore
};

function endTrouble(name: string, ended: Ended): [title: string, cure: string] {
  if (ended.reason === 'OOMKilled')
    return [`${name} needed more memory than it may have`, 'Raise the memory limit in the manifest, or let the program use less.']; // prettier-ignore
  if (ended.reason === 'ContainerCannotRun' || ended.reason === 'StartError')
    return [`The command of ${name} could not be started`, 'See whether the command is in the image; leave it out to start what the image starts.']; // prettier-ignore
  if (ended.code === 0)
    return [`${name} ends by itself`, 'What is kept running must not end: start it in the foreground, or make it a Job.']; // prettier-ignore
  const how = ended.signal === undefined ? `with code ${ended.code}` : `by signal ${ended.signal}`;
  return [`${name} ended ${how}`, 'Its log says why; where it was started again, the log of the container before.'];
}

function containerTrouble(state: ContainerState): PodTrouble | undefined {
  const { name, waiting, terminated, last } = state;
  if (waiting?.reason === 'CrashLoopBackOff') {
    const [title, cure] = endTrouble(name, last ?? { code: 1 });
    return trouble(`${title}, again and again`, cure, last?.message ?? waiting.message);
  }
  const known = waiting && Object.hasOwn(waits, waiting.reason) ? waits[waiting.reason] : undefined;
  if (known && waiting) return trouble(...known(name), waiting.message);
  // Of those that have to go on, one that ended is started again: in between it is told, too.
  if (terminated && (terminated.code !== 0 || terminated.reason === 'OOMKilled'))
    return trouble(...endTrouble(name, terminated), terminated.message);
  return undefined;
}

/** What keeps a Pod from a node, by the scheduler's words. Pure. */
export function unschedulable(message: string): PodTrouble {
  const lacks: [RegExp, string][] = [
    [/unbound (immediate )?PersistentVolumeClaim|persistentvolumeclaim .* not found/i, 'Its disk is not there yet: make the claim, or a storage class that can.'], // prettier-ignore
    [/Insufficient memory/i, 'Ask for less memory in the manifest, stop something else, or add a node.'],
    [/Insufficient cpu/i, 'Ask for fewer CPUs in the manifest, stop something else, or add a node.'],
    [/Insufficient (\S+)/i, 'No node has that device free: free it, or do without.'],
    [/untolerated taint|had taint/i, 'Every node that would fit keeps others off: take the taint away (kubectl taint), or tolerate it in the manifest.'], // prettier-ignore
    [/didn't match Pod's node affinity|node selector/i, 'No node has the labels that are asked for: label one, or ask for others.'], // prettier-ignore
    [/were unschedulable|is unschedulable/i, 'Bring a node back: start it, or uncordon it (kubectl uncordon NODE).'],
    [/free ports/i, 'The port of the node that it wants is taken: choose another hostPort, or none.'],
  ];
  const cure = lacks.find(([words]) => words.test(message))?.[1] ?? 'Change what it asks of a node, or add one that fits.'; // prettier-ignore
  return trouble('No node takes it', cure, message);
}

/** Why a Pod is not as it was asked to be; undefined when it is, or is on its way. Pure. */
export function podTrouble(pod: KubeObject, states = containerStates(pod)): PodTrouble | undefined {
  if (pod.metadata.deletionTimestamp) return undefined;
  const phase = pickText(pod, 'status', 'phase');
  const reason = pickText(pod, 'status', 'reason');
  const message = pickText(pod, 'status', 'message');
  if (phase === 'Succeeded') return undefined;
  if (reason === 'Evicted')
    return trouble('The node put it out: it ran short of something', 'Free memory or disk space on the node, then delete this Pod; what keeps it has made another.', message); // prettier-ignore
  if (reason === 'NodeLost')
    return trouble('Its node does not answer', 'Start the node, or remove it from the cluster.', message);
  const scheduled = pickList(pod, 'status', 'conditions').find((each) => each['type'] === 'PodScheduled');
  if (scheduled?.['status'] === 'False' && scheduled['reason'] === 'Unschedulable')
    return unschedulable(pickText(scheduled, 'message') ?? '');
  for (const state of states) {
    // An init container that ended well, and one that failed before and runs now, are no trouble.
    const found = containerTrouble(state);
    if (found) return found;
  }
  if (phase === 'Failed') return trouble('It failed', 'Its log says why.', message ?? reason);
  const unready = states.find(({ running, ready, init }) => running && !ready && !init);
  if (phase === 'Running' && unready && !isReady(pod))
    return trouble(`${unready.name} runs and is not ready`, 'Give it a moment; if it stays so, its readiness probe fails: see its events and its log.', readinessMessage(pod)); // prettier-ignore
  return undefined;
}
const readinessMessage = (pod: KubeObject): string | undefined => {
  const ready = pickList(pod, 'status', 'conditions').find((each) => each['type'] === 'ContainersReady');
  return pickText(ready, 'message');
};

/** Why a workload is not as it was asked to be, as far as it says so itself. Pure. */
export function workTrouble(object: KubeObject): PodTrouble | undefined {
  const condition = (type: string, status: string) => {
    const found = pickList(object, 'status', 'conditions').find((each) => each['type'] === type && each['status'] === status); // prettier-ignore
    return found && { reason: pickText(found, 'reason') ?? '', message: pickText(found, 'message') ?? '' };
  };
  const refused = condition('ReplicaFailure', 'True');
  if (refused)
    return /quota/i.test(refused.message)
      ? trouble('A quota leaves no room for its Pods', 'Raise the quota of the namespace, or ask for less.', refused.message) // prettier-ignore
      : trouble('Its Pods are refused', 'Correct what is named in the manifest.', refused.message);
  const late = condition('Progressing', 'False');
  if (late?.reason === 'ProgressDeadlineExceeded')
    return trouble('Its new Pods do not become ready', 'Look at the Pods below: each says what is in its way. To go back: kubectl rollout undo.', late.message); // prettier-ignore
  const failed = condition('Failed', 'True');
  if (failed)
    return failed.reason === 'DeadlineExceeded'
      ? trouble('It took longer than it may', 'Raise activeDeadlineSeconds, and make the Job anew.', failed.message)
      : trouble('It failed too often', 'The logs of its Pods say why; correct it and make the Job anew.', failed.message); // prettier-ignore
  return undefined;
}

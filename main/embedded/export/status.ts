import type { Condition, KubeObject, Stored } from '../kube/object.ts';
import { kubeTime } from '../machine/spec.ts';
import { files } from './words.ts';

/** KubeVirt's links (pkg/storage/export/export/links.go); the engine's own server is inside and outside at once. Pure. */
export function linksOf(
  server: { address: string; ca: string },
  { metadata }: Stored,
  volumes: readonly string[],
): object {
  const base = `${server.address}/api/export.kubevirt.io/v1/namespaces/${metadata.namespace}/virtualmachineexports/${metadata.name}`;
  return {
    cert: server.ca.trim(),
    volumes: volumes.map((name) => ({
      name,
      formats: Object.entries(files).map(([file, format]) => ({ format, url: `${base}/volumes/${name}/${file}` })),
    })),
  };
}

/** Sets the Ready condition in KubeVirt's form. */
export function conditions(draft: KubeObject, ready: 'True' | 'False', reason: string, message: string): void {
  const list = ((draft.status ??= {})['conditions'] ??= []) as Condition[];
  const old = list.find(({ type }) => type === 'Ready');
  if (old?.status === ready && old.reason === reason && (old.message ?? '') === message) return;
  const now = kubeTime();
  const next: Condition = {
    type: 'Ready',
    status: ready,
    reason,
    ...(message ? { message } : {}),
    lastProbeTime: null,
    lastTransitionTime: old?.status === ready ? (old.lastTransitionTime ?? now) : now,
  };
  if (old) list.splice(list.indexOf(old), 1, next);
  else list.push(next);
}

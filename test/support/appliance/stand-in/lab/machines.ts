import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../../../../../main/contract/kube.ts';
import { claims, pods, storageClasses, volumes } from '../api/resources.ts';
import { textOf } from '../config.ts';
import type { Controller, Lab } from './lab.ts';
import { conditions, ensure, owner, setStatus } from './lab.ts';
import { dataVolumes, instances, kubeVirtDeployed, machines } from './kubevirt.ts';

/** Virtual machines have their instance while they should run; an instance runs, in a pod that never was. */
export const controlMachines: Controller = (lab) => {
  for (const machine of lab.store.list(machines)) power(lab, machine);
  for (const instance of lab.store.list(instances)) {
    if (!kubeVirtDeployed(lab)) continue;
    const phase = lab.mode.machinePhase ?? (lab.after(instance, 2) ? 'Running' : lab.after(instance, 1) ? 'Scheduled' : 'Scheduling');
    const { name = '', namespace } = instance.metadata;
    const pod = ensure(lab, pods, {
      apiVersion: 'v1', kind: 'Pod',
      metadata: { name: `virt-launcher-${name}-${instance.metadata.uid?.slice(0, 5)}`, ...(namespace && { namespace }), labels: { 'kubevirt.io': 'virt-launcher', 'vm.kubevirt.io/name': name }, ...owner(instance) },
      spec: { nodeName: lab.nodeName, containers: [{ name: 'compute', image: 'quay.io/kubevirt/virt-launcher' }] },
    });
    setStatus(lab, instances, instance, {
      phase, nodeName: lab.nodeName, activePods: { [pod.metadata.uid ?? '']: lab.nodeName }, interfaces: [{ name: 'default', ipAddress: '10.42.0.20' }],
      conditions: conditions(instance, { Ready: [phase === 'Running'], LiveMigratable: [false, 'DisksNotLiveMigratable'] }),
    });
  }
}; // prettier-ignore

function power(lab: Lab, machine: KubeObject): void {
  const { name = '', namespace } = machine.metadata;
  const { runStrategy, running, template } = (machine.spec ?? {}) as {
    runStrategy?: string;
    running?: boolean;
    template?: { metadata?: object; spec: Record<string, unknown> };
  };
  const on = !machine.metadata.deletionTimestamp && (running === true || runStrategy === 'Always' || runStrategy === 'RerunOnFailure'); // prettier-ignore
  let instance = lab.store.get(instances, namespace, name);
  if (on && !instance && template)
    instance = ensure(lab, instances, { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', metadata: { ...template.metadata, name, ...(namespace && { namespace }), ...owner(machine) }, spec: template.spec }); // prettier-ignore
  if (!on && instance) {
    lab.store.remove(instances, instance);
    instance = undefined;
  }
  const ready = instance?.status?.['phase'] === 'Running';
  setStatus(lab, machines, machine, {
    printableStatus: ready ? 'Running' : on ? 'Starting' : 'Stopped', ready, created: instance !== undefined,
    conditions: conditions(machine, { Ready: [ready] }),
  }); // prettier-ignore
}

/** Data volumes are filled at once; claims are bound to a folder of the local-path class. */
export const controlDisks: Controller = (lab) => {
  for (const volume of lab.store.list(dataVolumes)) {
    const { name = '', namespace } = volume.metadata;
    const spec = (volume.spec ?? {}) as { pvc?: object; storage?: object };
    const claim = ensure(lab, claims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, ...(namespace && { namespace }), ...owner(volume) }, spec: { accessModes: ['ReadWriteOnce'], ...spec.pvc, ...spec.storage } }); // prettier-ignore
    const done = claim.status?.['phase'] === 'Bound';
    setStatus(lab, dataVolumes, volume, {
      phase: done ? 'Succeeded' : 'PendingPopulation', progress: done ? '100.0%' : 'N/A', claimName: name,
      conditions: conditions(volume, { Bound: [done], Running: [false], Ready: [done] }),
    }); // prettier-ignore
  }
  for (const claim of lab.store.list(claims))
    if (claim.status?.['phase'] !== 'Bound' && lab.after(claim, 1)) bind(lab, claim);
};

function bind(lab: Lab, claim: KubeObject): void {
  const { name = '', namespace = '', uid = '' } = claim.metadata;
  const spec = (claim.spec ?? {}) as { storageClassName?: string; resources?: { requests?: { storage?: string } } };
  const standard = lab.store.list(storageClasses).find((each) => each.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true');
  const className = spec.storageClassName ?? standard?.metadata.name;
  if (!className) return;
  const root = textOf(lab.config, 'default-local-storage-path') ?? '/var/lib/rancher/k3s/storage';
  const path = join(root, `pvc-${uid}_${namespace}_${name}`);
  mkdirSync(path, { recursive: true });
  const capacity = { storage: spec.resources?.requests?.storage ?? '1Gi' };
  ensure(lab, volumes, {
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: `pvc-${uid}` },
    spec: { storageClassName: className, capacity, accessModes: ['ReadWriteOnce'], persistentVolumeReclaimPolicy: 'Delete', local: { path }, claimRef: { namespace, name, uid } },
  });
  lab.store.update(claims, { ...claim, spec: { ...claim.spec, storageClassName: className, volumeName: `pvc-${uid}` } }, 'spec');
  setStatus(lab, claims, claim, { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity });
} // prettier-ignore

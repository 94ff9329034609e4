import type { CureAction } from '../../contract/why.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { eject } from '../hardware/disks.ts';
import { orderDisks, setSize } from '../hardware/template.ts';
import { changeMachine } from '../networks/change-machine.ts';
import { networkDefinition } from '../networks/definition.ts';
import { moveNic } from '../networks/nics.ts';
import { ensureNamespace } from '../target/namespace.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { pick, pickList, pickNumber, pickText } from '../target/pick.ts';
import type { Scope } from '../target/scope.ts';
import { remake } from './disks.ts';
import { nextFreePort } from './free-port.ts';
import { beginAnew, power } from './power.ts';
import { gibibytes } from './sources.ts';

type Of<T extends CureAction['type']> = Extract<CureAction, { type: T }>;
/** What each kind of cure does; the answer says in words what came of it. */
type Cures = { [T in CureAction['type']]: (scope: Scope, machine: ObjectRef, action: Of<T>) => Promise<string> };

const done: Partial<Record<Of<'power'>['action'], string>> = {
  start: 'It starts.', stop: 'It was asked to stop.', forceStop: 'It is switched off.', restart: 'It is restarted.',
  forceRestart: 'It is switched off and on.', unpause: 'It goes on.', reset: 'It was reset.',
}; // prettier-ignore

const cures: Cures = {
  async power(scope, machine, { action }) {
    await power(scope.target(), machine, action);
    return done[action] ?? 'Done.';
  },
  async stopMachine(scope, _machine, { machine: other }) {
    await power(scope.target(), other, 'stop');
    return `${other.name} was asked to shut down.`;
  },
  async setMemory(scope, machine, { memory }) {
    await changeMachine(scope.target(), machine, (vm) => setSize(vm, { memory }));
    const anew = await beginAnew(scope.target(), machine);
    return `It has ${gibibytes(memory)} now${anew ? ' and is started with that' : ''}.`;
  },
  async importAgain(scope, machine, { dataVolume, checksum }) {
    await remake(scope.target(), machine, dataVolume, (spec, annotations) => {
      const http = pick(spec, 'source', 'http') as Record<string, unknown> | undefined;
      if (checksum === undefined || !http) return;
      delete annotations['hearth.dev/checksum'];
      if (checksum === '') delete http['checksum'];
      else http['checksum'] = checksum;
    });
    return `${dataVolume.name} is imported again.`;
  },
  async changePort(scope, { namespace }, { service: name, hostPort, protocol }) {
    const target = scope.target();
    const service = await target.client.get(kinds.services, namespace, name);
    const balanced = pickText(service, 'spec', 'type') === 'LoadBalancer';
    const field = balanced ? 'port' : 'nodePort';
    const ports = pickList(service, 'spec', 'ports');
    const port = ports.find((each) => pickNumber(each, field) === hostPort && (pickText(each, 'protocol') ?? 'TCP') === protocol); // prettier-ignore
    if (!port)
      throw new ProblemError({
        code: 'port-gone',
        title: 'This port is not there any more',
        detail: `${name} has no port ${hostPort}.`,
      });
    const next = await nextFreePort(target, hostPort, protocol, balanced ? [1024, 65_535] : [30_000, 32_767]);
    await target.client.patch(kinds.services, { namespace, name }, {
      spec: { ports: ports.map((each) => (each === port ? { ...each, [field]: next } : each)) },
    }); // prettier-ignore
    return `It is reached at port ${next} now.`;
  },
  async createNetwork(scope, _machine, { network }) {
    await ensureNamespace(scope.target(), network.namespace);
    await scope.target().client.create(kinds.networkAttachmentDefinitions, networkDefinition(network));
    return `The network ${network.name} is there.`;
  },
  async moveInterface(scope, machine, { interface: nic, network }) {
    await changeMachine(scope.target(), machine, (vm) => void moveNic(vm, nic, network));
    const anew = await beginAnew(scope.target(), machine);
    return `${nic} is on ${network === 'pod' ? 'the pod network' : network} now${anew ? '; the machine is started anew' : ''}.`;
  },
  async createSecret(scope, { namespace, name: machine }, { secret, key, text }) {
    const { client } = scope.target();
    const data = { [key]: Buffer.from(text).toString('base64') };
    const there = (await client.list(kinds.secrets, namespace)).some(({ metadata }) => metadata.name === secret);
    if (there) await client.patch(kinds.secrets, { namespace, name: secret }, { data });
    else
      await client.create(kinds.secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: secret, namespace, labels: { 'hearth.dev/machine': machine, 'app.kubernetes.io/managed-by': 'hearth' } },
        type: 'Opaque',
        data,
      }); // prettier-ignore
    return `The secret ${secret} ${there ? `has ${key} now` : 'is there'}.`;
  },
  async useSecret(scope, machine, { instead, secret }) {
    await changeMachine(scope.target(), machine, (vm) => {
      for (const volume of pickList(vm, 'spec', 'template', 'spec', 'volumes'))
        for (const type of ['cloudInitNoCloud', 'cloudInitConfigDrive'])
          for (const field of ['secretRef', 'networkDataSecretRef']) {
            const reference = pick(volume, type, field) as { name?: string } | undefined;
            if (reference?.name === instead) reference.name = secret;
          }
    });
    const anew = await beginAnew(scope.target(), machine);
    return `It uses ${secret} now${anew ? ' and is started with that' : ''}.`;
  },
  async uncordon(scope, _machine, { node }) {
    await scope.target().client.patch(kinds.nodes, { name: node }, { spec: { unschedulable: null } });
    return `${node} takes machines again.`;
  },
  async raiseQuota(scope, { namespace }, { quota, resource, to }) {
    await scope.target().client.patch(kinds.resourceQuotas, { namespace, name: quota }, { spec: { hard: { [resource]: to } } }); // prettier-ignore
    return `${resource} is ${to} in ${quota} now.`;
  },
  async bootFrom(scope, machine, { disk }) {
    await changeMachine(scope.target(), machine, (vm) => bootFirst(vm, disk));
    const anew = await beginAnew(scope.target(), machine);
    return `${disk} is tried first${anew ? '; the machine is restarted' : ''}.`;
  },
  async eject(scope, machine, { disk }) {
    await eject(scope.target(), machine, disk);
    // Who stands before a disc with no system looks for another one only from the beginning.
    const anew = await beginAnew(scope.target(), machine);
    return `The drive ${disk} is empty${anew ? '; the machine is restarted' : ''}.`;
  },
  async softwareMode(scope, _machine, { by }) {
    if (by === 'setting') {
      if (!scope.useAccelerator)
        throw new ProblemError({
          code: 'no-own-setting',
          title: 'This target has no such setting',
          detail: 'Its machines do not run on this computer.',
        });
      await scope.useAccelerator('tcg');
      return 'Machines start in software mode from now on.';
    }
    const { client } = scope.target();
    const [kubevirt] = await client.list(kinds.kubevirts);
    if (!kubevirt)
      throw new ProblemError({
        code: 'no-kubevirt',
        title: 'There is no KubeVirt object',
        detail: 'The cluster has no KubeVirt that could be told.',
      });
    await client.patch(
      kinds.kubevirts,
      { namespace: kubevirt.metadata.namespace ?? '', name: kubevirt.metadata.name ?? '' },
      { spec: { configuration: { developerConfiguration: { useEmulation: true } } } },
    );
    return 'KubeVirt starts machines in software mode from now on.';
  },
  async removeSnapshot(scope, machine, { snapshot }) {
    await giveUp(scope, machine, kinds.virtualMachineSnapshots, snapshot, 'snapshotInProgress');
    return `The snapshot ${snapshot} is deleted.`;
  },
  async removeRestore(scope, machine, { restore }) {
    await giveUp(scope, machine, kinds.virtualMachineRestores, restore, 'restoreInProgress');
    return `The restore ${restore} is given up.`;
  },
  async useStorageClass(scope, machine, { dataVolume, storageClass }) {
    await remake(scope.target(), machine, dataVolume, (spec) => {
      const asked = (spec['storage'] ?? spec['pvc'] ?? (spec['storage'] = {})) as Record<string, unknown>;
      asked['storageClassName'] = storageClass;
    });
    return `${dataVolume.name} is asked for in ${storageClass}.`;
  },
};

/** Deletes what is under way; its controller then lets go of the machine. Where it is gone already, nobody would. */
async function giveUp(scope: Scope, machine: ObjectRef, kind: Kind, name: string, mark: string): Promise<void> {
  const { client } = scope.target();
  try {
    await client.delete(kind, { namespace: machine.namespace, name });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const { namespace, name: vm } = machine;
    await client.patch(kinds.virtualMachines, { namespace, name: vm }, { status: { [mark]: null } }, { subresource: 'status' }); // prettier-ignore
  }
}

/** The disk gets the first place; the others keep their order. */
function bootFirst(vm: KubeObject, disk: string): void {
  const disks = pickList(vm, 'spec', 'template', 'spec', 'domain', 'devices', 'disks').map((each) => ({
    name: pickText(each, 'name') ?? '',
    boot: each['bootOrder'] !== undefined,
    place: pickNumber(each, 'bootOrder') ?? Number.POSITIVE_INFINITY,
  }));
  const rest = disks.filter(({ name }) => name !== disk).sort((a, b) => a.place - b.place);
  orderDisks(vm, [{ name: disk, boot: true }, ...rest.map(({ name, boot }) => ({ name, boot }))]);
}

/** Does what a cure says. Throws what the target refuses it with. */
export function cure(scope: Scope, machine: ObjectRef, action: CureAction): Promise<string> {
  const run = cures[action.type] as (scope: Scope, machine: ObjectRef, action: CureAction) => Promise<string>;
  return run(scope, machine, action);
}

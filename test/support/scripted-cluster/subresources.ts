import type { KubeObject } from '../../../main/contract/kube.ts';
import { pick, pickList, pickText } from '../../../main/backend/target/pick.ts';
import { condition, on, statusOf } from './cluster.ts';
import type { Inner } from './cluster.ts';
import { isOpen } from './gates.ts';
import { notFound, Refusal } from './status.ts';
import { checked, Misfit } from './validate.ts';

/** Fields that the option types of KubeVirt 1.9 know (api/openapi-spec/swagger.json); others would be dropped unseen. */
const options: Readonly<Record<string, readonly string[]>> = {
  start: ['paused', 'dryRun'],
  stop: ['gracePeriod', 'dryRun'],
  restart: ['gracePeriodSeconds', 'dryRun'],
  migrate: ['dryRun', 'addedNodeSelector'],
  pause: ['dryRun'],
  unpause: ['dryRun'],
  freeze: ['unfreezeTimeout'],
  addvolume: ['name', 'disk', 'volumeSource', 'dryRun'],
  removevolume: ['name', 'dryRun'],
};
const head = new Set(['apiVersion', 'kind', 'metadata']);
const busy = 'unable to complete request: stop/start already underway';
export interface Done {
  code: number;
  body?: unknown;
  png?: Buffer;
}

/** PUT and GET of subresources: what virt-api answers and writes (KubeVirt 1.9 pkg/virt-api/rest). */
export function subresource(
  inner: Inner,
  call: { namespace: string; plural: string; name: string; sub: string; body: Record<string, unknown> },
): Done {
  const { store } = inner;
  const { namespace, plural, name, sub, body } = call;
  for (const field of Object.keys(body))
    if (!head.has(field) && !options[sub]?.includes(field))
      throw new Misfit(400, 'BadRequest', `strict decoding error: unknown field "${field}" of ${sub}`);
  const vmi = store.get(on.instances, namespace, name);
  const dry = Array.isArray(body['dryRun']) && body['dryRun'].length > 0;
  const refuse = (message: string, code = 409): never => {
    throw new Refusal(code, code === 409 ? 'Conflict' : 'BadRequest', message);
  };
  const change = (edit: (draft: KubeObject) => void): void => {
    if (!dry) store.mutate(on.machines, namespace, name, edit);
  };
  const request = (...wanted: Record<string, unknown>[]): void =>
    change((draft) => {
      const present = pickList(draft, 'status', 'stateChangeRequests');
      if (present.length > 0) refuse(busy);
      statusOf(draft)['stateChangeRequests'] = wanted;
    });
  const setStrategy = (strategy: string): void => change((draft) => void ((draft.spec as Record<string, unknown>)['runStrategy'] = strategy)); // prettier-ignore

  if (plural === 'virtualmachines') {
    const vm = store.must(on.machines, namespace, name);
    const strategy = pickText(vm, 'spec', 'runStrategy') ?? 'Halted';
    const alive = vmi !== undefined && !['Succeeded', 'Failed'].includes(pickText(vmi, 'status', 'phase') ?? '');
    switch (sub) {
      case 'start':
        if (alive) refuse('VM is already running');
        if (strategy === 'Always' || strategy === 'Once') refuse(`${strategy} does not support manual start requests`);
        if (strategy === 'Halted') setStrategy('Always');
        else request({ action: 'Start', ...(body['paused'] === true && { data: { paused: 'true' } }) });
        return { code: 202 };
      case 'stop':
        if (!alive) refuse('VM is not running');
        if (strategy === 'Always' || strategy === 'Once') setStrategy('Halted');
        else if (strategy !== 'Halted') request({ action: 'Stop', uid: vmi?.metadata.uid });
        return { code: 202 };
      case 'restart':
        if (strategy === 'Halted' || strategy === 'Once')
          refuse(`RunStategy ${strategy} does not support manual restart requests`); // sic
        if (!alive) refuse('VM is not running');
        request({ action: 'Stop', uid: vmi?.metadata.uid }, { action: 'Start' });
        return { code: 202 };
      case 'migrate':
        if (pickText(vmi, 'status', 'phase') !== 'Running') refuse('VM is not running');
        if (!dry) store.create(servedMigrations, migrationOf(namespace, name));
        return { code: 202 };
      case 'addvolume':
      case 'removevolume':
        // pkg/virt-api/rest/hotplug.go asks for either.
        if (!['HotplugVolumes', 'DeclarativeHotplugVolumes'].some((gate) => isOpen(store.list(on.kubevirts)[0], gate)))
          refuse(`Unable to ${sub === 'addvolume' ? 'Add' : 'Remove'} Volume because HotplugVolumes feature gate is not enabled.`, 400); // prettier-ignore
        editVolumes(inner, namespace, name, sub, body, dry);
        return { code: 202 };
      default:
        throw notFound('virtualmachines', `${name}/${sub}`);
    }
  }
  if (!vmi) throw notFound('virtualmachineinstance.kubevirt.io', name);
  const paused = pickList(vmi, 'status', 'conditions').some(
    (each) => each['type'] === 'Paused' && each['status'] === 'True',
  );
  const running = pickText(vmi, 'status', 'phase') === 'Running';
  const set = (edit: (draft: KubeObject) => void): void => {
    if (!dry) store.mutate(on.instances, namespace, name, edit);
  };
  switch (sub) {
    case 'pause':
      if (!running) refuse('VMI is not running');
      if (paused) refuse('VMI is already paused');
      set((draft) => condition(draft, 'Paused', true, 'PausedByUser', 'VMI was paused by user'));
      return { code: 200 };
    case 'unpause':
      if (!paused) refuse('VMI is not paused');
      set((draft) => {
        const left = pickList(draft, 'status', 'conditions').filter((each) => each['type'] !== 'Paused');
        statusOf(draft)['conditions'] = left;
      });
      return { code: 200 };
    case 'reset':
    case 'softreboot':
      if (paused) refuse('VMI is paused');
      if (!running) refuse('VMI is not running');
      if (sub === 'softreboot' && !inner.agent && pick(vmi, 'spec', 'domain', 'features', 'acpi', 'enabled') === false)
        refuse('VMI neither have the agent connected nor the ACPI feature enabled');
      return { code: 200 };
    case 'freeze':
    case 'unfreeze':
      if (!inner.agent) refuse('VMI does not have guest agent connected');
      set((draft) => {
        if (sub === 'freeze') statusOf(draft)['fsFreezeStatus'] = 'frozen';
        else delete statusOf(draft)['fsFreezeStatus'];
      });
      return { code: 200 };
    case 'guestosinfo':
    case 'userlist':
    case 'filesystemlist':
      // These three answer plain text with 500, whatever is wrong.
      if (!running) throw new Refusal(500, '', 'VMI is not running', { plain: true });
      if (!inner.agent) throw new Refusal(500, '', 'VMI does not have guest agent connected', { plain: true });
      return { code: 200, body: agentAnswers[sub] };
    case 'vnc/screenshot':
      if (pick(vmi, 'spec', 'domain', 'devices', 'autoattachGraphicsDevice') === false)
        refuse('No graphics devices are present.', 400);
      return { code: 200, png: onePixel };
    case 'addvolume':
    case 'removevolume':
      return refuse(`VMI ${namespace}/${name} is owned by a VM`, 400);
    default:
      throw notFound('virtualmachineinstances', `${name}/${sub}`);
  }
}

const servedMigrations = on.migrations;
const migrationOf = (namespace: string, name: string): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstanceMigration',
  metadata: { namespace, generateName: 'kubevirt-migrate-vm-' } as unknown as KubeObject['metadata'],
  spec: { vmiName: name },
});

function editVolumes(
  inner: Inner,
  namespace: string,
  name: string,
  sub: string,
  body: Record<string, unknown>,
  dry: boolean,
): void {
  const volume = pickText(body, 'name') ?? '';
  const vm = inner.store.must(on.machines, namespace, name);
  const volumes = pickList(vm, 'spec', 'template', 'spec', 'volumes');
  const there = volumes.some((each) => each['name'] === volume);
  if (sub === 'addvolume' && there)
    throw new Refusal(
      409,
      'Conflict',
      `Unable to add volume request because volume with name [${volume}] already exists`,
    );
  if (sub === 'removevolume' && !there)
    throw new Refusal(409, 'Conflict', `Unable to remove volume [${volume}] because it does not exist`);
  const spec = pick(vm, 'spec', 'template', 'spec') as {
    volumes: unknown[];
    domain: { devices: { disks: unknown[] } };
  };
  const disks = pickList(spec, 'domain', 'devices', 'disks');
  if (sub === 'removevolume') {
    spec.volumes = volumes.filter((each) => each['name'] !== volume);
    spec.domain.devices.disks = disks.filter((each) => each['name'] !== volume);
  } else {
    const source = body['volumeSource'] as Record<string, Record<string, unknown>>;
    const [kind = ''] = Object.keys(source);
    spec.volumes = [...volumes, { name: volume, [kind]: { ...source[kind], hotpluggable: true } }];
    spec.domain.devices.disks = [...disks, { ...(body['disk'] as object), name: volume }];
  }
  // What the options hold becomes a part of the machine: it must be what its schema knows.
  const { spec: next = {} } = checked(on.machines, vm);
  if (!dry) inner.store.mutate(on.machines, namespace, name, (draft) => void (draft.spec = next));
}

const agentAnswers: Record<string, unknown> = {
  guestosinfo: {
    guestAgentVersion: '9.2.0',
    hostname: 'scripted',
    os: { name: 'Debian GNU/Linux', prettyName: 'Debian GNU/Linux 13 (trixie)', kernelRelease: '6.12.0', id: 'debian' },
    timezone: 'UTC, 0',
  },
  userlist: { items: [{ userName: 'debian', loginTime: 1_780_000_000.5 }] },
  filesystemlist: {
    items: [{ diskName: 'vda1', mountPoint: '/', fileSystemType: 'ext4', usedBytes: 2 ** 30, totalBytes: 2 ** 33 }],
  },
};
const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
  'base64',
);

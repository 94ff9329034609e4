import type { KubeObject } from '../../../../main/contract/kube.ts';
import { pick, pickList, pickNumber, pickText } from '../../../../main/backend/target/pick.ts';
import { quantity } from '../../../../main/backend/target/quantity.ts';
import { condition, on, servedAs, statusOf } from '../cluster.ts';
import type { Inner } from '../cluster.ts';
import type { Change } from '../store.ts';

type Spec = Record<string, unknown>;
const templateOf = (vm: KubeObject): Spec => structuredClone(pick(vm, 'spec', 'template', 'spec') ?? {}) as Spec;
const leastMemory = 2 ** 30;

/** LiveUpdateNADRef (GA in KubeVirt 1.9): cards of the instance go to the networks that the machine names now. */
function otherNetworks(has: Spec[], wanted: Spec[]): boolean {
  let moved = false;
  for (const network of has) {
    const name = pickText(
      wanted.find((each) => each['name'] === network['name']),
      'multus',
      'networkName',
    );
    if (name === undefined || name === pickText(network, 'multus', 'networkName')) continue;
    network['multus'] = { ...(network['multus'] as object), networkName: name };
    moved = true;
  }
  return moved;
}

/**
 * What virt-controller does about changes of a machine that runs (KubeVirt 1.9 pkg/virt-controller/watch/vm, "live
 * updates"): CPU sockets and memory go over where the rollout strategy is LiveUpdate and there is a node to move to; link
 * states and discs go over anywhere; all else is RestartRequired with its reason, until it is put back or restarted.
 */
export function liveUpdate(inner: Inner) {
  const { store } = inner;
  /** Instance -> the template that it was started with. */
  const started = new Map<string, Spec>();
  const live = (): boolean => {
    const [kubevirt] = store.list(servedAs('kubevirt.io', 'kubevirts'));
    return (pickText(kubevirt, 'spec', 'configuration', 'vmRolloutStrategy') ?? 'LiveUpdate') === 'LiveUpdate';
  };
  const movable = (): boolean => store.list(on.nodes).length > 1;

  function begin(vmi: KubeObject): void {
    const { namespace, name = '', uid = '' } = vmi.metadata;
    const vm = store.get(on.machines, namespace, name);
    if (!vm) return;
    started.set(uid, templateOf(vm));
    say(vm, undefined);
    if (!live()) return;
    store.mutate(on.instances, namespace, name, (draft) => {
      const domain = pick(draft, 'spec', 'domain') as Record<string, Record<string, unknown>>;
      const sockets = pickNumber(domain, 'cpu', 'sockets') ?? 1;
      domain['cpu'] = { ...domain['cpu'], sockets, maxSockets: sockets * 4 };
      const memory = quantity(pick(domain, 'memory', 'guest')) ?? 0;
      if (memory >= leastMemory) domain['memory'] = { ...domain['memory'], maxGuest: `${(memory * 4) / 2 ** 20}Mi` };
      statusOf(draft)['currentCPUTopology'] = { sockets, cores: pickNumber(domain, 'cpu', 'cores') ?? 1, threads: pickNumber(domain, 'cpu', 'threads') ?? 1 }; // prettier-ignore
    });
  }
  function say(vm: KubeObject, why: string | undefined): void {
    const { namespace, name = '' } = vm.metadata;
    const present = pickList(vm, 'status', 'conditions').find((each) => each['type'] === 'RestartRequired');
    if (present?.['message'] === why && (present !== undefined) === (why !== undefined)) return;
    store.mutate(on.machines, namespace, name, (draft) => {
      if (why !== undefined) return condition(draft, 'RestartRequired', true, '', why);
      statusOf(draft)['conditions'] = pickList(draft, 'status', 'conditions').filter((each) => each['type'] !== 'RestartRequired'); // prettier-ignore
    });
  }

  /** What is taken over without a restart, left out of the comparison. */
  function fixed(spec: Spec): Spec {
    const next = structuredClone(spec);
    const domain = next['domain'] as Record<string, Record<string, unknown>>;
    if (live()) {
      if (domain['cpu']) delete domain['cpu']['sockets'];
      if (domain['memory']) delete domain['memory']['guest'];
      for (const field of ['nodeSelector', 'affinity', 'tolerations']) delete next[field];
    }
    const volumes = pickList(next, 'volumes');
    const isHot = (name: unknown): boolean => {
      const volume = volumes.find((each) => each['name'] === name);
      return ['dataVolume', 'persistentVolumeClaim'].some((each) => pick(volume, each, 'hotpluggable') === true);
    };
    const devices = domain['devices'] ?? {};
    // Discs come and go in their drives; a drive itself does not.
    devices['disks'] = pickList(devices, 'disks').filter((disk) => disk['cdrom'] !== undefined || !isHot(disk['name']));
    next['volumes'] = volumes.filter((each) => !isHot(each['name']));
    const networks = pickList(next, 'networks');
    const multus = (name: unknown): boolean =>
      networks.some((each) => each['name'] === name && each['multus'] !== undefined);
    devices['interfaces'] = pickList(devices, 'interfaces')
      .filter((nic) => !multus(nic['name']))
      .map(({ state: _state, ...nic }) => nic);
    next['networks'] = networks.filter((each) => each['multus'] === undefined);
    return next;
  }
  function why(vm: KubeObject, vmi: KubeObject): string | undefined {
    const before = started.get(vmi.metadata.uid ?? '');
    if (!before) return undefined;
    const now = templateOf(vm);
    if (live()) {
      const sockets = pickNumber(now, 'domain', 'cpu', 'sockets') ?? 1;
      if (sockets < (pickNumber(vmi, 'spec', 'domain', 'cpu', 'sockets') ?? 1))
        return 'Reduction of CPU socket count requires a restart';
      if (sockets > (pickNumber(vmi, 'spec', 'domain', 'cpu', 'maxSockets') ?? 1))
        return "CPU sockets updated in template spec to a value higher than what's available";
      const memory = quantity(pick(now, 'domain', 'memory', 'guest')) ?? 0;
      if (memory !== (quantity(pick(vmi, 'spec', 'domain', 'memory', 'guest')) ?? 0)) {
        if (!movable()) return 'Memory-hotplug is only available for migratable VMs';
        if (pick(vmi, 'spec', 'domain', 'memory', 'maxGuest') === undefined)
          return 'Memory hotplug is not available for this VM configuration';
        if (memory > (quantity(pick(vmi, 'spec', 'domain', 'memory', 'maxGuest')) ?? 0))
          return 'memory updated in template spec to a value higher than what is available';
        if (memory < (quantity(pick(vmi, 'status', 'memory', 'guestAtBoot')) ?? 0))
          return 'memory updated in template spec to a value lower than what the VM started with';
      }
    }
    return JSON.stringify(fixed(before)) === JSON.stringify(fixed(now))
      ? undefined
      : 'a non-live-updatable field was changed in the template spec';
  }

  function settle(namespace: string | undefined, name: string): void {
    const vm = store.get(on.machines, namespace, name);
    const vmi = store.get(on.instances, namespace, name);
    if (!vm || !vmi || pickText(vmi, 'status', 'phase') !== 'Running') return;
    const reason = why(vm, vmi);
    say(vm, reason);
    takeOver(vm, vmi);
    if (reason !== undefined || !live() || !movable()) return;
    const sockets = pickNumber(vm, 'spec', 'template', 'spec', 'domain', 'cpu', 'sockets') ?? 1;
    const memory = pick(vm, 'spec', 'template', 'spec', 'domain', 'memory', 'guest');
    const domain = pick(vmi, 'spec', 'domain');
    if (sockets === (pickNumber(domain, 'cpu', 'sockets') ?? 1) && memory === pick(domain, 'memory', 'guest')) return;
    store.mutate(on.instances, namespace, name, (draft) => {
      const has = pick(draft, 'spec', 'domain') as Record<string, Record<string, unknown>>;
      has['cpu'] = { ...has['cpu'], sockets };
      has['memory'] = { ...has['memory'], guest: memory };
      statusOf(draft)['memory'] = { ...(pick(draft, 'status', 'memory') as object), guestRequested: memory };
    });
    // The automatic move to another node, after which the guest has it.
    inner.after(
      () =>
        store.mutate(on.instances, namespace, name, (draft) => {
          statusOf(draft)['memory'] = { ...(pick(draft, 'status', 'memory') as object), guestCurrent: memory };
          statusOf(draft)['currentCPUTopology'] = { ...(pick(draft, 'status', 'currentCPUTopology') as object), sockets };
        }),
      3,
    ); // prettier-ignore
  }
  /** Link states and discs in drives. */
  function takeOver(vm: KubeObject, vmi: KubeObject): void {
    const { namespace, name = '' } = vm.metadata;
    const wanted = pick(vm, 'spec', 'template', 'spec');
    const next = structuredClone(vmi);
    for (const nic of pickList(next, 'spec', 'domain', 'devices', 'interfaces')) {
      const state = pickList(wanted, 'domain', 'devices', 'interfaces').find((each) => each['name'] === nic['name'])?.['state']; // prettier-ignore
      if (state === 'down') nic['state'] = state;
      else delete nic['state'];
    }
    const moved =
      live() && movable() && otherNetworks(pickList(next, 'spec', 'networks'), pickList(wanted, 'networks'));
    if (JSON.stringify(next) === JSON.stringify(vmi)) return;
    store.mutate(on.instances, namespace, name, (draft) => void (draft.spec = next.spec ?? {}));
    // The card hangs on its new network in the Pod that the machine is moved into.
    const target = store.list(on.nodes).find((node) => node.metadata.name !== pickText(vmi, 'status', 'nodeName'));
    if (moved) inner.after(() => store.mutate(on.instances, namespace, name, (draft) => void (statusOf(draft)['nodeName'] = target?.metadata.name)), 3); // prettier-ignore
  }

  const queued = new Set<string>();
  return {
    changed({ type, served, object }: Change): void {
      const { namespace, name = '', uid = '' } = object.metadata;
      if (served === on.instances && type === 'DELETED') started.delete(uid);
      if (served === on.instances && type === 'ADDED') inner.after(() => begin(object));
      if (type === 'DELETED' || (served !== on.machines && served !== on.instances) || queued.has(`${namespace}/${name}`)) return; // prettier-ignore
      queued.add(`${namespace}/${name}`);
      inner.after(() => {
        queued.delete(`${namespace}/${name}`);
        settle(namespace, name);
      }, 2);
    },
  };
}

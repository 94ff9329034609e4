import type { PlanFacts } from './facts.ts';
import { poolRisks } from './manifests/pool.ts';
import { paths } from './paths.ts';
import type { Download, Plan, PlanWords, RootStep } from './plan.ts';
import type { ApplianceSettings } from './settings.ts';

const GiB = 2 ** 30;
const MB = 1_000_000;
type Note = PlanWords['notes'][number];
type Parts = Omit<Plan, 'words'>;

const total = (downloads: readonly Download[]): number => downloads.reduce((sum, { size }) => sum + size, 0);
/** Seconds on a line of 100 Mbit/s. */
const fetching = (bytes: number): number => Math.ceil(bytes / (100 * 125_000));

/** Files that a plan writes, with their sizes; those of downloads are about as large as the download. */
function filesOf(root: readonly RootStep[], downloads: readonly Download[]): PlanWords['files'] {
  const sizes = new Map(downloads.map(({ name, size }) => [name, size]));
  return root.flatMap(({ title, action }) => {
    if (action.kind === 'pool-file') return [{ path: paths.pool, size: action.size, what: title }];
    if (action.kind !== 'file') return [];
    const { content } = action;
    const size =
      content.from === 'text'
        ? new TextEncoder().encode(content.text).length
        : content.from === 'bytes'
          ? content.bytes.length
          : (sizes.get(content.name) ?? 0);
    return [{ path: action.path, size, what: title }];
  });
}

/**
 * Memory before any virtual machine: k3s 0.8 GB, KubeVirt about 1.2 GB with one replica each, CDI and images of both. An
 * estimate from the requests in their manifests and https://docs.k3s.io/reference/resource-profiling, not a measurement.
 */
const memoryBeforeMachines = 2500 * MB;

export function installWords(plan: Parts, settings: ApplianceSettings, facts: PlanFacts): PlanWords {
  const download = total(plan.downloads);
  const files = filesOf(plan.root, plan.downloads);
  const where = settings.mode === 'solo' ? 'this computer alone' : `the LAN at ${settings.address ?? 'its address'}`;
  return {
    summary: `Install k3s ${settings.versions.k3s}, KubeVirt ${settings.versions.kubevirt} and CDI ${settings.versions.cdi} for ${where}.`,
    download,
    // Archives stay beside what containerd unpacks from them, at about two and a half times the size.
    disk: files.reduce((sum, { size }) => sum + size, 0) + Math.round(download * 2.5),
    memory: memoryBeforeMachines,
    seconds: fetching(download) + 420,
    files,
    running: [
      'k3s: the API server, its datastore, scheduler, kubelet and containerd, as one service',
      'core services: coredns, local-path-provisioner, metrics-server, and a small load balancer for each service that asks for one',
      'KubeVirt: virt-operator, virt-api, two virt-controllers at most, virt-handler, virt-exportproxy',
      'CDI: cdi-operator, cdi-apiserver, cdi-deployment, cdi-uploadproxy',
      ...(settings.mode === 'solo' ? ['hearth-net: sets a fixed address at boot, then ends'] : []),
      ...(settings.storage === 'local-path' ? [] : ['TopoLVM: the driver of the storage pool, and the snapshot controller']),
      ...(settings.storage === 'pool-file' ? ["hearth-pool: attaches the pool's file at boot, then ends"] : []),
    ],
    notes: [...notes(plan, settings, facts)],
  }; // prettier-ignore
}

export function joinWords(plan: Parts, server: string, settings: ApplianceSettings, facts: PlanFacts): PlanWords {
  const download = total(plan.downloads);
  return {
    summary: `Join the appliance at ${server} as “${settings.nodeName}”, with k3s ${settings.versions.k3s} as an agent.`,
    download,
    disk: filesOf(plan.root, plan.downloads).reduce((sum, { size }) => sum + size, 0) + Math.round(download * 2.5),
    memory: 800 * MB,
    seconds: fetching(download) + 180,
    files: filesOf(plan.root, plan.downloads),
    running: ['k3s as an agent: kubelet and containerd', 'KubeVirt: virt-handler, and what the appliance places here'],
    notes: [...kernelNotes(plan), ...lanNotes(settings, facts), ...unpinned(plan)],
  };
}

/** Words of a plan that fetches little and leaves nothing new behind. */
export function shortWords(
  root: readonly RootStep[],
  told: { summary: string; seconds: number; notes?: readonly Note[]; downloads?: readonly Download[] },
): PlanWords {
  const downloads = told.downloads ?? [];
  const download = total(downloads);
  return {
    summary: told.summary,
    download,
    disk: Math.round(download * 2.5),
    memory: 0,
    seconds: told.seconds + fetching(download),
    files: filesOf(root, downloads),
    running: [],
    notes: [...(told.notes ?? []), ...unpinned({ downloads })],
  };
}

function* notes(plan: Parts, settings: ApplianceSettings, facts: PlanFacts): Generator<Note> {
  if (facts.memory < 8 * GiB)
    yield {
      tone: 'warning',
      text: `About 2.5 GB of the ${(facts.memory / GiB).toFixed(1)} GiB of memory are taken before any virtual machine.`,
    };
  if (settings.accelerator === 'tcg')
    yield { tone: 'warning', text: 'No accelerator works here: every virtual machine runs in software, about ten times slower.' };
  if (facts.libvirtProfile !== undefined)
    yield {
      tone: 'warning',
      text: `The AppArmor profile ${facts.libvirtProfile} of this system's libvirt stops the QEMU of KubeVirt. Remove libvirt, or allow /usr/libexec/qemu-kvm in it.`,
    };
  if (facts.selinux.enforcing && !facts.selinux.policy)
    yield { tone: 'warning', text: 'SELinux enforces and the package k3s-selinux is not installed: k3s will not start containers.' };
  yield* kernelNotes(plan);
  yield* lanNotes(settings, facts);
  if (settings.mode === 'solo')
    yield {
      tone: 'note',
      text: 'The API server listens on port 6443 of every address; nobody gets in without its certificate. A machine in this mode cannot be joined by others.',
    };
  if (settings.storage === 'local-path')
    yield {
      tone: 'note',
      text: 'Disks are plain files in a folder: no snapshots, and no limit but the free space of that file system.',
    };
  else for (const text of poolRisks) yield { tone: 'warning', text };
  if (settings.storage === 'pool-disk') yield { tone: 'warning', text: `Everything on ${settings.poolDisk ?? 'the disk'} is given up.` };
  if (settings.dns.length === 0 && facts.dns.servers.length === 0)
    yield { tone: 'warning', text: 'No name server is known here: pods will ask 8.8.8.8.' };
  yield* unpinned(plan);
} // prettier-ignore

/** What the kernel is told, in one sentence: people should know before they agree. */
function* kernelNotes({ root }: Pick<Plan, 'root'>): Generator<Note> {
  const set = root.flatMap(({ action }) => (action.kind === 'sysctl' ? [`${action.key}=${action.value}`] : []));
  if (set.length > 0)
    yield {
      tone: 'note',
      text: `Kernel settings while it is installed, some of which k3s would set in any case: ${set.join(', ')}. The earlier values come back at the uninstall.`,
    };
}
function* lanNotes(settings: ApplianceSettings, facts: PlanFacts): Generator<Note> {
  if (settings.mode === 'lan' && facts.firewall !== undefined)
    yield {
      tone: 'warning',
      text: `The firewall (${facts.firewall}) lets pods through, but nobody else: other machines need TCP 6443 and 10250 and UDP 8472 of this one, which you open yourself for your LAN.`,
    };
  const on = facts.addresses.find(({ address }) => address === settings.address);
  if (settings.mode === 'lan' && on?.dynamic === true)
    yield {
      tone: 'warning',
      text: `${on.address} was given by DHCP: reserve it in your router, k3s does not survive a change of it.`,
    };
}
function* unpinned({ downloads }: Pick<Plan, 'downloads'>): Generator<Note> {
  const byList = downloads.filter((one) => one.sha256 === undefined && one.checksums !== undefined);
  const byNothing = downloads.filter((one) => one.sha256 === undefined && !one.checksums && !one.image);
  const titles = (all: readonly Download[]): string => all.map(({ title }) => title).join(', ');
  if (byList.length > 0)
    yield { tone: 'note', text: `Checked against the release's own list of checksums: ${titles(byList)}.` };
  if (byNothing.length > 0)
    yield {
      tone: 'note',
      text: `Their projects publish no checksums: what is fetched first is recorded, and anything else is refused later: ${titles(byNothing)}.`,
    };
}

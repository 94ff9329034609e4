import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplianceSettings, PreflightReport } from '../../../main/contract/appliance.ts';
import { applianceSettingsSchema } from '../../../main/contract/appliance.ts';
import type { HostReport } from '../../../main/contract/host.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Log } from '../../../main/backend/log.ts';
import type { Cluster } from '../../../main/backend/provision/cluster/cluster.ts';
import type { Fetched, Fetcher } from '../../../main/backend/provision/fetch/fetcher.ts';
import type { FlowParts } from '../../../main/backend/provision/flows.ts';
import { openProvision } from '../../../main/backend/provision/provision.ts';
import type { Provision, ProvisionOptions, TargetBook } from '../../../main/backend/provision/provision.ts';
import type { Place } from '../../../main/backend/provision/place.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import type { Tasks } from '../../../main/backend/tasks/tasks.ts';
import type { PlanFacts } from '../../../provisioning/facts.ts';
import type { Download } from '../../../provisioning/plan.ts';
import { recommended } from '../../../provisioning/versions.ts';
import { facts as someFacts } from '../../unit/provisioning/plan/given.ts';
import { fakeK3s } from '../root-helper/install-plan.ts';

export const quiet: Log = {
  debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => quiet,
}; // prettier-ignore

export const settings = (change: Partial<ApplianceSettings> = {}): ApplianceSettings =>
  applianceSettingsSchema.parse({ nodeName: 'lab', accelerator: 'tcg', versions: recommended, ...change });

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Files made up on the spot: k3s as a script that knows its version, the rest a few bytes. Optional ones are never there. */
export function standInFetcher(folder: string): Fetcher {
  const one = ({ name, sha256: pin }: Download): Fetched => {
    mkdirSync(folder, { recursive: true });
    const k3s = /^k3s-(v[^-]+)-amd64$/.exec(name)?.[1];
    const bytes = Buffer.from(k3s ? fakeK3s(k3s) : `stands in for ${name}\n`);
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return { name, path, sha256: sha256(bytes), size: bytes.length, pinned: pin !== undefined };
  };
  const wanted = (downloads: readonly Download[]): Map<string, Fetched> =>
    new Map(downloads.filter((each) => !each.optional).map((each) => [each.name, one(each)]));
  return {
    have: async (downloads) => wanted(downloads),
    async fetch(downloads, { signal, onProgress }) {
      signal.throwIfAborted();
      onProgress?.(1, 1, 'all');
      return wanted(downloads);
    },
    prune: async () => ({ removed: [], freed: 0, busy: false }),
    async makeBundle(path, downloads) {
      writeFileSync(path, JSON.stringify(downloads.map(({ name }) => name)));
      return { size: downloads.length };
    },
    checkBundle: async (_path, downloads) => ({
      complete: false, missing: downloads.map(({ name }) => name), damaged: [], size: 0,
    }), // prettier-ignore
  };
}

/** What a test may say about the cluster that stands behind the kubeconfig. */
export interface ClusterWords {
  machines?: { namespace: string; name: string; status: string; disk: number }[];
  /** The cluster does not answer. */
  dead?: boolean;
  /** A rung that does not hold, and how often. */
  fails?: { rung: string; times: number };
  calls: string[];
}

/** Stands in for a cluster: every rung holds at once, unless a test says otherwise. */
export function standInCluster(words: ClusterWords): Cluster {
  const answers = (): void => {
    if (!words.dead) return;
    throw new ProblemError({ code: 'target-unreachable', title: 'No answer', detail: 'connect ECONNREFUSED' });
  };
  const cluster: Omit<Cluster, 'client'> = {
    async apply(objects) {
      answers();
      words.calls.push(`apply ${objects.length}`);
    },
    async applyManifestText() {
      answers();
      words.calls.push('apply manifest');
    },
    async climb(rungs, { signal, onRung }) {
      signal.throwIfAborted();
      for (const id of rungs) {
        words.calls.push(`climb ${id}`);
        if (words.fails?.rung === id && words.fails.times > 0) {
          words.fails.times -= 1;
          onRung({ id, title: id, state: 'fail', detail: 'it does not hold' });
          throw new ProblemError({ code: `rung-${id}`, title: `${id} does not hold`, detail: 'said the test' });
        }
        onRung({ id, title: id, state: 'pass', detail: 'it holds' });
      }
    },
    look: async () => ({ versions: {}, ladder: [], nodes: [], use: [], datastore: 'sqlite', troubles: [] }),
    async upgradeKubevirt({ to, manifest, previous }) {
      words.calls.push(`kubevirt ${to} ${manifest.trim()} / ${(previous ?? '').trim()}`);
    },
    async upgradeCdi({ to }) {
      words.calls.push(`cdi ${to}`);
    },
    async listForUninstall() {
      answers();
      return { machines: words.machines ?? [], disks: [] };
    },
    exportObjects: async () => 'kind: List\n',
    async removeCluster() {
      answers();
      words.calls.push('remove');
    },
    close: () => undefined,
  };
  // Nothing of the runner reaches for the client itself.
  return cluster as Cluster;
}

export interface Bench {
  provision: Provision;
  tasks: Tasks;
  targets: Map<string, { kubeconfig: string; name: string }>;
  cluster: ClusterWords;
  /** What a look at the machine finds; may be changed. */
  facts: { -readonly [Name in keyof PlanFacts]: PlanFacts[Name] };
  /** What was to be kept each time that fetched files were tidied. */
  pruned: ReadonlySet<string>[];
}

/** A provision over a given place, with the cluster, the downloads and the preflight standing in. */
export async function openBench(options: {
  dataDir: string;
  openPlace: ProvisionOptions['openPlace'];
  facts?: Partial<PlanFacts>;
  report?: Partial<PreflightReport>;
  cluster?: ClusterWords;
  parts?: Partial<FlowParts>;
}): Promise<Bench> {
  const targets: Bench['targets'] = new Map();
  const book: TargetBook = {
    put: async ({ id, kubeconfig, name }) => void targets.set(id, { kubeconfig, name }),
    remove: async (id) => void targets.delete(id),
  };
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const tasks = await createTasks({ file: join(options.dataDir, 'tasks.json'), log: quiet });
  const cluster = options.cluster ?? { calls: [] };
  const pruned: Bench['pruned'] = [];
  const facts = someFacts({ uid: process.getuid?.() ?? 0, ...options.facts });
  const provision = await openProvision({
    dataDir: options.dataDir,
    tasks,
    hostReport: async (): Promise<HostReport> => {
      throw new Error('the stand-in of the preflight asks for no report');
    },
    targets: book,
    fetcher: {
      ...standInFetcher(join(options.dataDir, 'cache')),
      async prune(keep) {
        pruned.push(keep);
        return { removed: ['k3s-old'], freed: 3 * 1024 * 1024, busy: false };
      },
    },
    openPlace: options.openPlace,
    sshProbe: async () => ({ hostKey: 'SHA256:none', keyType: 'ssh-ed25519', trust: 'new' }),
    forgetHostKey: async () => undefined,
    log: quiet,
    parts: {
      preflight: async (place: Place) => ({
        facts,
        report: {
          place: place.title, findings: [], suggested: settings(), versions: [], elevation: 'root',
          at: new Date().toISOString(), ...options.report,
        },
      }), // prettier-ignore
      openCluster: async () => standInCluster(cluster),
      ...options.parts,
    },
  });
  return { provision, tasks, targets, cluster, pruned, facts };
}

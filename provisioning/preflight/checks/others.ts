import type { Checker } from '../checker.ts';
import { always, ok } from '../checker.ts';
import { claims } from '../../paths.ts';
import { claimed } from '../plan-facts.ts';

const friendly: readonly [RegExp, string, string[]][] = [
  [/^snap\.microk8s|^snap\.k8s/, 'MicroK8s', ['sudo microk8s stop', 'sudo snap remove microk8s']],
  [/^k3s(-agent)?$/, 'k3s', ['sudo /usr/local/bin/k3s-uninstall.sh']],
  [/^rke2/, 'RKE2', ['sudo /usr/local/bin/rke2-uninstall.sh']],
  [/^k0s/, 'k0s', ['sudo k0s stop', 'sudo k0s reset']],
  [/^kubelet$/, 'a kubelet (kubeadm)', ['sudo kubeadm reset']],
  [/^minikube$/, 'minikube', ['minikube delete']],
];

const otherKubernetes: Checker = {
  id: 'other-kubernetes',
  title: 'Another Kubernetes',
  group: 'other',
  applies: always,
  run({ facts }) {
    const { kubernetes, hearth, raw } = facts;
    const own = hearth.state === 'none' ? [] : ['k3s', 'k3s-agent', 'hearth-net', 'hearth-pool'];
    const units = kubernetes.units.filter((unit) => !own.includes(unit) && !unit.startsWith('hearth-'));
    const evidence = raw.evidence('kubernetes');
    const known = friendly.filter(([pattern]) => units.some((unit) => pattern.test(unit)));
    if (known.length > 0) {
      const running = kubernetes.active.filter((unit) => units.includes(unit));
      return {
        status: 'problem',
        blocks: true,
        detail: `${known.map(([, name]) => name).join(' and ')} is installed here${running.length > 0 ? ' and runs' : ''}; two cannot share a computer's ports, network and kubelet folder.`,
        evidence,
        fix: 'Add it to Hearth by its kubeconfig instead, or remove it first. Removing it deletes its data.',
        commands: known.flatMap(([, , commands]) => commands),
      };
    }

    // An empty folder is nobody's: the helper takes it.
    const left = kubernetes.paths.filter(
      ({ path, entries }) => claims.some((claim) => claim === path) && entries.length > 0 && !claimed(facts, path),
    );
    if (left.length > 0)
      return {
        status: 'problem',
        blocks: true,
        detail: `Left by an earlier Kubernetes: ${left.map(({ path }) => path).join(', ')}. A new node would take its old passwords and certificates for its own.`,
        evidence,
        fix: 'Look whether you need anything of it, then move it away.',
        commands: left.map(({ path }) => `sudo mv ${path} ${path}.old`),
      };
    const foreign = hearth.state === 'none' ? kubernetes.binaries : [];
    if (foreign.length > 0)
      return {
        status: 'problem',
        blocks: true,
        detail: `${foreign.join(', ')} ${foreign.length === 1 ? 'is' : 'are'} there and not Hearth's.`,
        evidence,
        fix: 'Remove what is left of the earlier k3s, then check again.',
        commands: foreign.some((path) => path.endsWith('k3s-uninstall.sh'))
          ? ['sudo /usr/local/bin/k3s-uninstall.sh']
          : foreign.map((path) => `sudo rm ${path}`),
      };
    const beside = kubernetes.paths.filter(({ path }) => /microk8s|snap\/k8s|minikube|k0s|rke2/.test(path));
    if (beside.length > 0)
      return {
        status: 'note',
        detail: `Traces of another one that is not installed as a service: ${beside.map(({ path }) => path).join(', ')}. They do no harm.`,
        evidence,
      };
    return ok('None.', evidence);
  },
};

const existing: Checker = {
  id: 'existing',
  title: 'An appliance of Hearth',
  group: 'other',
  applies: always,
  run({ facts: { hearth, raw } }) {
    const evidence = raw.evidence('hearth', /^(folder|entry|k3s)=/);
    if (hearth.state === 'whole')
      return {
        status: 'note',
        detail: `There is one already${hearth.k3s ? ` (k3s ${hearth.k3s})` : ''}: what is done is skipped, what differs is changed.`,
        evidence,
      };
    if (hearth.state === 'half') {
      const begun = hearth.live.filter((entry) => !entry.done);
      return {
        status: 'note',
        detail: `An installation was begun and did not end (${hearth.live.length} steps in the ledger${begun.length > 0 ? `, "${begun.at(-1)?.id}" was under way` : ''}). Installing goes on from there; uninstalling takes all of it back.`,
        evidence: [...evidence, ...raw.evidence('hearth', /^ledger (intent|done)/, 200).slice(-3)],
      };
    }
    if (hearth.folder)
      return {
        status: 'note',
        detail:
          '/var/lib/hearth is there without anything that was installed: left by an uninstall that kept its disks or backups.',
        evidence,
      };
    return ok('None yet.', evidence);
  },
};

export const otherChecks: readonly Checker[] = [otherKubernetes, existing];

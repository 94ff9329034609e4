import type { CheckContext, Checker, Outcome } from '../checker.ts';
import { always, ok } from '../checker.ts';
import { badIptables } from '../plan-facts.ts';

const firewall: Checker = {
  id: 'firewall',
  title: 'Firewall',
  group: 'network',
  applies: always,
  run({ facts: { network, raw }, settings }) {
    const evidence = raw.evidence(
      'firewall',
      /^(unit (firewalld|ufw|nftables|iptables)=|ufw=|FirewallBackend|DefaultZone|<)/,
    );
    if (network.firewall)
      return {
        status: 'note',
        detail: `${network.firewall} is on; it would keep pods from services ("no route to host").`,
        evidence,
        fix: `The plan lets ${settings.clusterCidr} and ${settings.serviceCidr} through. ${settings.mode === 'lan' ? 'For others on the LAN, port 6443 is opened by you.' : ''}`.trim(),
        commands:
          settings.mode === 'lan'
            ? [
                network.firewall === 'ufw'
                  ? 'sudo ufw allow 6443/tcp'
                  : 'sudo firewall-cmd --permanent --add-port=6443/tcp && sudo firewall-cmd --reload',
              ]
            : [],
        inPlan: true,
      };
    if (network.ownRules)
      return {
        status: 'warning',
        detail: `The service ${network.ownRules} loads rules of this computer's own; whether they let pods through cannot be seen without root.`,
        evidence,
        fix: `Let ${settings.clusterCidr} and ${settings.serviceCidr} pass in its input and forward chains.`,
        commands: [network.ownRules === 'nftables' ? 'sudo nft list ruleset' : 'sudo iptables -S'],
      };
    return ok('No firewall service is on.', evidence);
  },
};

const forward: Checker = {
  id: 'forward-policy',
  title: 'Forwarding between networks',
  group: 'network',
  applies: always,
  run({ facts: { network, raw } }) {
    const evidence = [...network.forwardEvidence, ...raw.evidence('sysctl', /^net\.ipv4\.ip_forward=/)];
    if (network.forwardPolicy === 'drop' && network.firewall === undefined)
      return {
        status: 'note',
        detail:
          'Packets between networks are dropped unless a rule lets them pass (Docker does that). flannel adds rules for the pods; where pods still cannot reach each other, this is the first place to look.',
        evidence,
        commands: ['sudo iptables -S FORWARD'],
      };
    if (network.forwardPolicy === 'drop')
      return {
        status: 'note',
        detail: `${network.firewall} drops what is forwarded unless a rule lets it pass.`,
        evidence,
        fix: 'The plan adds the rules for pods and services.',
        inPlan: true,
      };
    return ok(
      network.forwardPolicy === 'accept' ? 'Packets between networks pass.' : 'Nothing was seen that drops them.',
      evidence,
    );
  },
};

const iptables: Checker = {
  id: 'iptables',
  title: 'iptables',
  group: 'network',
  applies: always,
  run({ facts }) {
    const { network, raw } = facts;
    const evidence = raw.evidence('iptables');
    if (network.iptables === undefined) return ok('Not installed: k3s brings its own.', evidence);
    if (badIptables(facts))
      return {
        status: 'note',
        detail: `iptables ${network.iptables.version} doubles or loses rules.`,
        evidence,
        fix: 'k3s is told to use its own.',
        inPlan: true,
      };
    return ok(`${network.iptables.version} (${network.iptables.mode}).`, evidence);
  },
};

const cloudSetup: Checker = {
  id: 'nm-cloud-setup',
  title: "NetworkManager's cloud service",
  group: 'network',
  applies: ({ facts }) => facts.network.units.has('nm-cloud-setup.timer'),
  run: ({ facts: { network, raw } }) =>
    network.units.get('nm-cloud-setup.timer') === 'active'
      ? {
          status: 'problem',
          blocks: true,
          detail: 'nm-cloud-setup is on; it adds routes that break the network of pods.',
          evidence: raw.evidence('firewall', /^unit nm-cloud-setup/),
          fix: 'Switch it off, then restart the computer.',
          commands: ['sudo systemctl disable --now nm-cloud-setup.service nm-cloud-setup.timer', 'sudo reboot'],
        }
      : ok('Off.', raw.evidence('firewall', /^unit nm-cloud-setup/)),
};

interface Port {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly what: string;
}

/** https://docs.k3s.io/installation/requirements and the ports of the kubelet and kube-proxy that k3s runs inside itself. */
function wantedPorts(settings: CheckContext['settings']): Port[] {
  const tcp = (port: number, what: string): Port => ({ protocol: 'tcp', port, what });
  return [
    tcp(6443, 'Kubernetes API'), tcp(6444, 'k3s itself'), tcp(10010, 'containerd'), tcp(10248, 'kubelet'), tcp(10249, 'kube-proxy'),
    tcp(10250, 'kubelet'), tcp(10256, 'kube-proxy'), tcp(10257, 'controller manager'), tcp(10258, 'cloud controller'), tcp(10259, 'scheduler'),
    ...(settings.etcd ? [2379, 2380, 2381, 2382].map((port) => tcp(port, 'etcd')) : []),
    ...(settings.mode === 'lan' ? [{ protocol: 'udp', port: 8472, what: 'flannel' } as const] : []),
  ]; // prettier-ignore
}

const ports: Checker = {
  id: 'ports',
  title: 'Ports',
  group: 'network',
  applies: always,
  run({ facts: { network, kubernetes, hearth, raw }, settings }): Outcome {
    const wanted = wantedPorts(settings);
    const taken = wanted.flatMap((port) =>
      network.listeners
        .filter((listener) => listener.protocol === port.protocol && listener.port === port.port)
        .slice(0, 1)
        .map((listener) => ({ ...port, listener })),
    );
    const list = wanted.map((port) => port.port).join(', ');
    if (!raw.has('listen')) return { status: 'note', detail: `It could not be seen whether ${list} are free.` };
    if (taken.length === 0) return ok(`Free: ${list}.`);
    if (hearth.state !== 'none' && kubernetes.active.some((unit) => unit.startsWith('k3s')))
      return ok(
        `In use by this appliance: ${taken.map(({ port }) => port).join(', ')}.`,
        taken.map(({ listener }) => listener.line),
      );
    const likely =
      kubernetes.active.length > 0 ? ` Most likely by ${kubernetes.active.join(', ')}, which runs here.` : '';
    const owners = taken.map(
      ({ port, what, listener }) => `${port} (${what})${listener.owner ? ` by ${listener.owner}` : ''}`,
    );
    return {
      status: 'problem',
      blocks: true,
      detail: `In use: ${owners.join(', ')}.${taken.some(({ listener }) => listener.owner) ? '' : likely}`,
      evidence: taken.map(({ listener }) => listener.line),
      fix: 'Stop the program that holds them; their owner is seen with the command below.',
      commands: [`sudo ss -ltnup 'sport = :${taken[0]?.port}'`],
    };
  },
};

export const firewallChecks: readonly Checker[] = [firewall, forward, iptables, cloudSetup, ports];

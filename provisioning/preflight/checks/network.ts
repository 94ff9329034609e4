import type { Checker } from '../checker.ts';
import { always, ok } from '../checker.ts';
import { overlap } from '../addresses.ts';
import { soloAddress } from '../../paths.ts';
import { number } from '../plan-facts.ts';
import { freeNetworks, mainAddress, takenNetworks } from '../suggest.ts';

const defaultRoute: Checker = {
  id: 'default-route',
  title: 'Way out of this computer',
  group: 'network',
  applies: always,
  run({ facts: { network, raw }, settings }) {
    const evidence = raw.evidence('routes', /^default|00000000\s/);
    if (network.defaultRoute)
      return ok(
        `By ${network.defaultRoute.interface}${network.defaultRoute.gateway ? ` and ${network.defaultRoute.gateway}` : ''}.`,
        evidence,
      );
    const solo = settings.mode === 'solo';
    return {
      status: solo ? 'note' : 'problem',
      blocks: !solo,
      detail: 'There is no default route, and k3s does not start without one ("no default routes found").',
      evidence: raw.evidence('routes', /./, 3),
      fix: solo
        ? 'The plan brings an interface of its own, with a route of last resort.'
        : 'Connect the network, or choose the mode for a single computer.',
      inPlan: solo,
    };
  },
};

const networks: Checker = {
  id: 'cidr',
  title: 'Networks for pods and services',
  group: 'network',
  applies: always,
  run({ facts, settings }) {
    const taken = takenNetworks(facts);
    const chosen = [settings.clusterCidr, settings.serviceCidr];
    const clashes = taken.filter((entry) => chosen.some((network) => overlap(network, entry.network)));
    const evidence = facts.raw.evidence('routes', /^\d/);
    const [pods, services] = freeNetworks(facts);
    const kind = (name: string): string => {
      const link = facts.network.links.find((entry) => entry.name === name);
      return link?.kind === 'vpn'
        ? `the VPN ${name}`
        : link?.kind === 'bridge' || /^(docker|br-)/.test(name)
          ? `the Docker network ${name}`
          : name;
    };
    const words = (list: typeof taken): string =>
      [...new Set(list.map((entry) => `${entry.network} (${kind(entry.by)})`))].slice(0, 4).join(', ');
    if (overlap(settings.clusterCidr, settings.serviceCidr))
      return {
        status: 'problem',
        blocks: true,
        detail: `${settings.clusterCidr} and ${settings.serviceCidr} overlap.`,
        fix: `Use ${pods} and ${services}.`,
      };
    if (clashes.length > 0)
      return {
        status: 'problem',
        blocks: true,
        detail: `${chosen.join(' and ')} overlap with ${words(clashes)}. Pods could not reach that network, or nothing could reach the pods; it cannot be changed later.`,
        evidence,
        fix:
          pods !== settings.clusterCidr
            ? `Use ${pods} and ${services}: nothing here uses them.`
            : 'Leave the VPN, or choose networks that are in no route of this computer.',
      };
    if (settings.mode === 'solo' && taken.some((entry) => overlap(entry.network, soloAddress)))
      return {
        status: 'note',
        detail: `${chosen.join(' and ')} are free. ${soloAddress}, the fixed address of the appliance, lies in ${words(taken.filter((entry) => overlap(entry.network, soloAddress)))}: only that one address is hidden from this computer.`,
        evidence,
      };
    const usual = taken.filter((entry) =>
      ['10.42.0.0/16', '10.43.0.0/16'].some((network) => overlap(network, entry.network)),
    );
    if (usual.length > 0)
      return {
        status: 'note',
        detail: `${chosen.join(' and ')}: the usual networks overlap with ${words(usual)}.`,
        evidence,
        inPlan: true,
      };
    return ok(`${chosen.join(' and ')}: in no route of this computer.`, evidence);
  },
};

const address: Checker = {
  id: 'address',
  title: 'Address of this computer',
  group: 'network',
  applies: ({ settings }) => settings.mode === 'lan',
  run({ facts, settings }) {
    const { network, raw } = facts;
    const evidence = raw.evidence('addresses', / inet /);
    const wanted = settings.address ?? mainAddress(facts)?.address;
    const found = network.addresses.find((entry) => entry.address === wanted);
    if (!found || wanted === undefined)
      return {
        status: 'problem',
        blocks: true,
        detail:
          wanted === undefined
            ? 'This computer has no address that others could reach.'
            : `${wanted} is on no interface of this computer; k3s would not start ("failed to find interface with specified node ip").`,
        evidence,
        fix: 'Choose an address that is here, or the mode for a single computer.',
      };
    const wifi = network.links.some((link) => link.name === found.interface && link.kind === 'wifi');
    if (found.dynamic || wifi)
      return {
        status: 'warning',
        detail: `${wanted} ${found.dynamic ? 'was given by DHCP' : 'is on Wi-Fi'}, so it may change; the appliance then stops.`,
        evidence,
        fix: 'Reserve it for this computer in the router (DHCP reservation), or give it a fixed address.',
      };
    return ok(`${wanted} on ${found.interface}, fixed.`, evidence);
  },
};

const ipv6: Checker = {
  id: 'ipv6-routes',
  title: 'IPv6 routes from the router',
  group: 'network',
  applies: ({ facts }) => facts.network.ipv6Default?.advertised === true,
  run({ facts }) {
    const { network, raw, kernel } = facts;
    const name = network.ipv6Default?.interface ?? '';
    const accepted = kernel.sysctl.get(`accept_ra ${name}`);
    const evidence = [
      ...raw.evidence('routes6'),
      ...raw.evidence(
        'sysctl',
        new RegExp(`^(accept_ra ${name.replaceAll(/[^\w]/g, '.')}=|net\\.ipv6\\.conf\\.all\\.forwarding=)`),
      ),
    ];
    // NetworkManager and systemd-networkd take the router's word themselves, whatever the kernel is set to.
    const managed = network.networkManager || network.units.get('systemd-networkd') === 'active';
    if (number(facts, 'net.ipv6.conf.all.forwarding') === 1 && accepted === '1' && !managed)
      return {
        status: 'warning',
        detail: `IPv6 forwarding is on, so the kernel takes no more routes from the router on ${name} (accept_ra=1); IPv6 will be lost when the present one runs out.`,
        evidence,
        fix: 'Set accept_ra to 2 for that interface.',
        commands: [`sudo sysctl -w net.ipv6.conf.${name}.accept_ra=2`],
      };
    return ok('They are kept: the appliance forwards IPv4 only.', evidence);
  },
};

export const networkChecks: readonly Checker[] = [defaultRoute, networks, address, ipv6];

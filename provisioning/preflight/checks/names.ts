import type { Checker } from '../checker.ts';
import { always, ok } from '../checker.ts';
import { parseIpv4 } from '../../net.ts';
import { usableNameServer } from '../addresses.ts';
import { dnsOf } from '../plan-facts.ts';
import { nodeName } from '../suggest.ts';

const dns: Checker = {
  id: 'dns',
  title: 'Name servers',
  group: 'network',
  applies: always,
  run({ facts, settings }) {
    const { names, raw } = facts;
    const known = dnsOf(facts);
    const evidence = [
      ...raw.evidence('resolv', /nameserver|link=/),
      ...raw.evidence('resolv_systemd', /nameserver/),
      ...raw.evidence('resolv_nm'),
    ];
    const chosen =
      settings.dns.length > 0 ? settings.dns : known.servers.filter((server) => parseIpv4(server) !== undefined);
    if (chosen.length === 0)
      return {
        status: 'warning',
        detail: `${names.nameServers.length === 0 ? 'No name server is known here' : `Only ${names.nameServers.join(', ')} ${names.nameServers.length === 1 ? 'is' : 'are'} known here, which pods cannot ask`}; k3s would quietly use 8.8.8.8, which many networks block.`,
        evidence,
        fix: 'Name the servers of your network in the settings (field "Name servers").',
      };
    const odd = names.nameServers.filter((server) => !usableNameServer(server));
    if (!known.usable || settings.dns.length > 0)
      return {
        status: 'note',
        detail: `${odd.length > 0 ? `/etc/resolv.conf names ${odd.join(', ')}, which pods cannot ask. ` : ''}The appliance is given ${chosen.join(', ')}.`,
        evidence,
        inPlan: true,
      };
    return ok(`${chosen.join(', ')}.`, evidence);
  },
};

const search: Checker = {
  id: 'search-domains',
  title: 'Search domains',
  group: 'network',
  applies: always,
  run({ facts }) {
    const { names, raw } = facts;
    const evidence = [
      ...raw.evidence('resolv', /^\s*(search|domain)\b/),
      ...raw.evidence('resolv_systemd', /^\s*(search|domain)\b/),
    ];
    if (names.search.length === 0) return ok('None.', evidence);
    // The plan's own list has no search line, and is only written where a server is known.
    const inPlan = dnsOf(facts).servers.some((server) => parseIpv4(server) !== undefined);
    return {
      status: inPlan ? 'note' : 'warning',
      detail: `${names.search.join(', ')}. Where such a domain answers to every name, names inside the cluster lead astray.`,
      evidence,
      fix: inPlan ? 'They are left out for the appliance.' : 'Name the servers of your network in the settings.',
      inPlan,
    };
  },
};

const hostName: Checker = {
  id: 'host-name',
  title: 'Host name',
  group: 'network',
  applies: always,
  run({ facts: { names, raw }, settings }) {
    const evidence = raw.evidence('hostname');
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(settings.nodeName) || settings.nodeName.length > 63)
      return {
        status: 'problem',
        blocks: true,
        detail: `"${settings.nodeName}" is no name for a node: lower-case letters, digits, dashes and dots only.`,
        evidence,
        fix: `Use ${nodeName(names.hostName)}.`,
      };
    if (nodeName(names.hostName) !== names.hostName)
      return {
        status: 'note',
        detail: `"${names.hostName}" is no name for a node; "${settings.nodeName}" is used, whatever the host is called later.`,
        evidence,
        inPlan: true,
      };
    if (!names.resolves)
      return {
        status: 'note',
        detail: `${names.hostName} is not known to the name service here; some programs are slow or complain. The node is called "${settings.nodeName}".`,
        evidence,
        commands: [`echo '127.0.1.1 ${names.hostName}' | sudo tee -a /etc/hosts`],
      };
    return ok(`${names.hostName}; the node is called "${settings.nodeName}".`, evidence);
  },
};

const proxy: Checker = {
  id: 'proxy',
  title: 'Proxy',
  group: 'network',
  applies: always,
  run({ facts: { names }, settings }) {
    const seen = names.proxy.https ?? names.proxy.http;
    if (!seen && !settings.proxy) return ok('None is set here.');
    if (!settings.proxy)
      return {
        status: 'warning',
        detail: `This computer uses the proxy ${bare(seen ?? '')}, and the appliance is given none: it could fetch no images later.`,
        evidence: names.proxyEvidence,
        fix: 'Fill in the proxy in the settings.',
      };
    return {
      status: 'note',
      detail: `k3s is told to use ${bare(settings.proxy.https ?? settings.proxy.http ?? 'it')}, except for its own networks and this computer.`,
      evidence: names.proxyEvidence,
      inPlan: true,
    };
  },
};
/** A proxy's address without the password in it. */
const bare = (url: string): string => url.replace(/\/\/[^/@]*@/, '//');

const ca: Checker = {
  id: 'own-ca',
  title: 'Own certificate authorities',
  group: 'network',
  applies: always,
  run({ facts: { names, raw }, settings }) {
    const evidence = raw.evidence('ca');
    if (names.caFiles.length === 0) return ok("None in this computer's store.", evidence);
    if (settings.ca === undefined)
      return {
        status: 'warning',
        detail: `This computer trusts ${names.caFiles.length} of its own. k3s uses that store too, but CDI, which fetches disk images, does not.`,
        evidence,
        fix: 'Where they are for a proxy that looks into TLS, paste them into the settings.',
      };
    return {
      status: 'note',
      detail: `This computer trusts ${names.caFiles.length} of its own; CDI is given them too.`,
      evidence,
      inPlan: true,
    };
  },
};

const reach: Checker = {
  id: 'reach',
  title: 'Reach to the places files come from',
  group: 'network',
  applies: ({ reach, bundle }) => reach !== undefined || bundle !== undefined,
  run({ reach: tried, bundle, settings }) {
    if (bundle?.there) return ok(`The files come from the bundle ${bundle.path}: nothing is fetched.`);
    if (bundle)
      return {
        status: 'problem',
        blocks: true,
        detail: `The offline bundle ${bundle.path} is not there.`,
        fix: 'Correct its path in the settings, or leave it out.',
      };
    const failed = (tried ?? []).filter((entry) => !entry.ok);
    const hosts = (tried ?? []).map((entry) => entry.host).join(', ');
    if (failed.length === 0)
      return ok(
        `${settings.mirror ? `The mirror ${settings.mirror}` : hosts} answered${settings.proxy ? ', through the proxy' : ''}.`,
      );
    const kinds = new Set(failed.map((entry) => entry.kind));
    return {
      status: 'problem',
      detail: `No answer from ${failed.map((entry) => entry.host).join(', ')}. What is here already or in an offline bundle is not fetched.`,
      evidence: failed.map((entry) => `${entry.host}: ${entry.error ?? 'no answer'}`),
      fix: kinds.has('certificate')
        ? 'A proxy that looks into TLS stands in between: add its certificate authority in the settings.'
        : kinds.has('proxy')
          ? 'The proxy refused: check its address and password in the settings.'
          : 'Check the network and the proxy; or make an offline bundle on a connected computer and name it in the settings.',
    };
  },
};

export const nameChecks: readonly Checker[] = [dns, search, hostName, proxy, ca, reach];

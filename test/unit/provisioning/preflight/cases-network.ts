import type { Cases } from './case.ts';
import type { Extras } from './context.ts';

const lan = { settings: { mode: 'lan', address: '192.168.1.23' } } as const;
const unreachable = (kind: 'name' | 'certificate' | 'proxy', error: string): Extras => ({
  reach: [
    { host: 'github.com', ok: true },
    { host: 'quay.io', ok: false, kind, error },
  ],
});

/** The same for the network, names and the way out. */
export const networkCases: Cases = {
  'default-route': {
    pass: [{ machine: 'laptop', status: 'ok', says: /wlp0s20f3 and 192\.168\.1\.1/ }],
    fail: [
      { machine: 'offline', status: 'note', inPlan: true, says: /no default route/ },
      {
        machine: 'offline',
        extras: { settings: { mode: 'lan' } },
        status: 'problem',
        blocks: true,
        says: /Connect the network/,
      },
    ],
  },
  cidr: {
    pass: [
      { machine: 'laptop', status: 'ok', says: /10\.42\.0\.0\/16/ },
      { machine: 'docker', status: 'ok', says: /10\.42/ },
      { machine: 'fullTunnel', status: 'ok', says: /10\.42/ },
    ],
    fail: [
      {
        machine: 'vpn',
        extras: { settings: { clusterCidr: '10.42.0.0/16', serviceCidr: '10.43.0.0/16' } },
        status: 'problem',
        blocks: true,
        says: /10\.0\.0\.0\/8 \(the VPN tun0\).*Use 172\.20\.0\.0\/16 and 172\.21\.0\.0\/16/s,
      },
      { machine: 'vpn', status: 'note', says: /172\.20\.0\.0\/16.*10\.254\.254\.1/ },
      {
        machine: 'lanIn1042',
        status: 'note',
        inPlan: true,
        says: /10\.52\.0\.0\/16 and 10\.53\.0\.0\/16: the usual networks overlap with 10\.42\.0\.0\/16 \(wlp0s20f3\)/,
      },
      {
        machine: 'docker',
        extras: { settings: { clusterCidr: '172.17.0.0/17' } },
        status: 'problem',
        blocks: true,
        says: /the Docker network docker0/,
      },
      {
        machine: 'laptop',
        extras: { settings: { serviceCidr: '10.42.128.0/17' } },
        status: 'problem',
        blocks: true,
        says: /overlap\./,
      },
    ],
  },
  address: {
    pass: [{ machine: 'wired', status: 'ok', says: /192\.168\.1\.10 on enp3s0, fixed/ }],
    fail: [
      { machine: 'laptop', extras: lan, status: 'warning', says: /DHCP.*reservation/s },
      { machine: 'wired', extras: lan, status: 'problem', blocks: true, says: /failed to find interface/ },
    ],
  },
  'ipv6-routes': {
    pass: [{ machine: 'laptop', status: 'ok', says: /IPv4 only/ }],
    fail: [{ machine: 'ipv6Router', status: 'warning', says: /accept_ra=2/ }],
  },
  firewall: {
    pass: [{ machine: 'laptop', status: 'ok', says: /No firewall/ }],
    fail: [
      { machine: 'fedora', status: 'note', inPlan: true, says: /firewalld is on.*10\.42\.0\.0\/16/s },
      { machine: 'ubuntuUfw', extras: lan, status: 'note', inPlan: true, says: /ufw is on.*ufw allow 6443/s },
      { machine: 'nftablesService', status: 'warning', says: /nft list ruleset/ },
    ],
  },
  'forward-policy': {
    pass: [{ machine: 'laptop', status: 'ok', says: /Nothing was seen/ }],
    fail: [
      { machine: 'docker', status: 'note', says: /Docker does that/ },
      { machine: 'ubuntuUfw', status: 'note', inPlan: true, says: /ufw drops/ },
      { machine: 'forwardDropRoot', status: 'note', says: /dropped unless/ },
    ],
  },
  iptables: {
    pass: [{ machine: 'laptop', status: 'ok', says: /1\.8\.9 \(nf_tables\)/ }],
    fail: [{ machine: 'oldIptables', status: 'note', inPlan: true, says: /1\.8\.2 doubles/ }],
  },
  'nm-cloud-setup': {
    pass: [{ machine: 'laptop', status: 'ok', says: /Off/ }],
    fail: [{ machine: 'cloud', status: 'problem', blocks: true, says: /systemctl disable --now nm-cloud-setup/ }],
  },
  ports: {
    pass: [
      { machine: 'laptop', status: 'ok', says: /Free: 6443/ },
      { machine: 'whole', status: 'ok', says: /by this appliance: 6443/ },
    ],
    fail: [
      {
        machine: 'microk8s',
        status: 'problem',
        blocks: true,
        says: /10250 \(kubelet\) by kubelite \(process 1423\), 10257/,
      },
      { machine: 'foreignK3s', status: 'problem', blocks: true, says: /6443 \(Kubernetes API\)\. Most likely by k3s/ },
    ],
  },
  dns: {
    pass: [
      { machine: 'laptop', status: 'ok', says: /192\.168\.1\.1/ },
      { machine: 'ubuntuUfw', status: 'ok', says: /192\.168\.178\.1/ },
    ],
    fail: [
      { machine: 'dnsmasq', status: 'note', inPlan: true, says: /names 127\.0\.0\.1.*given 192\.168\.1\.1/ },
      { machine: 'linkLocalDns', status: 'note', inPlan: true, says: /fe80::1%wlp0s20f3/ },
      { machine: 'noDns', status: 'warning', says: /8\.8\.8\.8/ },
    ],
  },
  'search-domains': {
    pass: [{ machine: 'laptop', status: 'ok', says: /None/ }],
    fail: [{ machine: 'ubuntuUfw', status: 'note', inPlan: true, says: /fritz\.box/ }],
  },
  'host-name': {
    pass: [{ machine: 'laptop', status: 'ok', says: /anna-laptop/ }],
    fail: [
      { machine: 'localhostName', status: 'note', inPlan: true, says: /"hearth" is used/ },
      { machine: 'oddName', status: 'note', inPlan: true, says: /"anna-s-laptop" is used/ },
      { machine: 'unresolvedName', status: 'note', says: /127\.0\.1\.1 anna-laptop/ },
      {
        machine: 'laptop',
        extras: { settings: { nodeName: 'Anna' } },
        status: 'problem',
        blocks: true,
        says: /Use anna-laptop/,
      },
    ],
  },
  proxy: {
    pass: [{ machine: 'laptop', status: 'ok', says: /None/ }],
    fail: [
      { machine: 'proxy', status: 'note', inPlan: true, says: /http:\/\/proxy\.corp\.example:3128/ },
      { machine: 'proxy', extras: { settings: { proxy: undefined } }, status: 'warning', says: /given none/ },
    ],
  },
  'own-ca': {
    pass: [{ machine: 'laptop', status: 'ok', says: /None/ }],
    fail: [
      { machine: 'ownCa', status: 'warning', says: /paste them/ },
      {
        machine: 'ownCa',
        extras: { settings: { ca: 'PEM' } },
        status: 'note',
        inPlan: true,
        says: /CDI is given them/,
      },
    ],
  },
  reach: {
    pass: [
      { machine: 'laptop', status: 'ok', says: /quay\.io answered/ },
      {
        machine: 'laptop',
        extras: { bundle: { path: '/srv/hearth.tar', there: true } },
        status: 'ok',
        says: /hearth\.tar/,
      },
    ],
    fail: [
      {
        machine: 'laptop',
        extras: unreachable('name', 'getaddrinfo ENOTFOUND quay.io'),
        status: 'problem',
        says: /from quay\.io\..*offline bundle/s,
      },
      {
        machine: 'laptop',
        extras: unreachable('certificate', 'self-signed certificate'),
        status: 'problem',
        says: /certificate authority/,
      },
      {
        machine: 'laptop',
        extras: unreachable('proxy', 'Proxy response (407)'),
        status: 'problem',
        says: /proxy refused/,
      },
      {
        machine: 'laptop',
        extras: { bundle: { path: '/srv/hearth.tar', there: false } },
        status: 'problem',
        blocks: true,
        says: /is not there/,
      },
    ],
  },
};

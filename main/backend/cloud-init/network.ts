import { cloudInitYaml } from '../../contract/cloud-init.ts';
import type { YamlFinding } from '../../contract/machine.ts';
import { checkSyntax } from '../machines/yaml-check.ts';
import type { CheckedYaml } from '../machines/yaml-check.ts';
import type { CheckContext } from './context.ts';
import { addressProblem, inSubnet, parseAddress } from './addresses.ts';
import { near } from './near.ts';
import { checkSchema } from './schema.ts';

type Config = Record<string, unknown>;
const map = (value: unknown): Config =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Config) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Keys of one card: the schema's own, and what netplan takes beside them. */
const cardKeys = [
  'match', 'set-name', 'wakeonlan', 'renderer', 'dhcp4', 'dhcp6', 'dhcp4-overrides', 'dhcp6-overrides', 'addresses', 'gateway4', 'gateway6', 'optional', 'mtu', 'nameservers', 'routes',
  'accept-ra', 'activation-mode', 'critical', 'dhcp-identifier', 'emit-lldp', 'ignore-carrier', 'ipv6-privacy', 'link-local', 'macaddress', 'optional-addresses', 'routing-policy',
]; // prettier-ignore

/** What KubeVirt's masquerade binding gives to every machine (its default vmNetworkCIDR, pkg/network/infraconfigurators); its forwards lead there. */
const podRange = '10.0.2.0/24';
const podAddress = '10.0.2.2';

/** What is wrong with network data: version, schema, addresses that cannot work. Pure. */
export function checkNetwork(text: string, context: CheckContext): YamlFinding[] {
  const checked = checkSyntax(text, cloudInitYaml);
  const findings = [...checked.findings];
  if (checked.value === undefined || checked.value === null) return findings;
  const whole = map(checked.value);
  const inside = whole['network'] === undefined ? whole : map(whole['network']);
  const at: (string | number)[] = whole['network'] === undefined ? [] : ['network'];
  const version = inside['version'];
  if (version !== 1 && version !== 2) {
    findings.push(
      checked.at('error', [...at, ...(version === undefined ? [] : ['version'])], 'Network data needs "version: 1" or "version: 2": else cloud-init falls back to DHCP.'),
    ); // prettier-ignore
    return findings;
  }
  // The schemas describe the form with `network:` around it.
  const schema = version === 2 ? 'network-config-v2' : 'network-config-v1';
  for (const finding of checkSchema(schema, { network: inside })) {
    // Of the form without `network:`, which this value is not.
    if (finding.path.length === 0 || finding.unknownKey === 'network') continue;
    const path = at.length > 0 ? finding.path : finding.path.slice(1);
    findings.push(checked.at(finding.severity, path, finding.message));
  }
  if (version === 2) findings.push(...cards(checked, inside, at, context));
  return findings.sort((a, b) => a.line - b.line || a.column - b.column);
}

function cards(checked: CheckedYaml, network: Config, at: (string | number)[], context: CheckContext): YamlFinding[] {
  const findings: YamlFinding[] = [];
  const seen = new Map<string, string>();
  for (const [id, value] of Object.entries(map(network['ethernets']))) {
    const path = [...at, 'ethernets', id];
    const card = map(value);
    for (const key of Object.keys(card).filter((each) => !cardKeys.includes(each))) {
      const meant = near(key, cardKeys);
      findings.push(checked.at('warning', [...path, key], `cloud-init knows no key "${key}" of a network card${meant ? `; did you mean "${meant}"?` : ''}.`)); // prettier-ignore
    }
    const mac = map(card['match'])['macaddress'];
    if (typeof mac === 'string' && context.macs && !context.macs.some((each) => each.toLowerCase() === mac.toLowerCase())) // prettier-ignore
      findings.push(checked.at('warning', [...path, 'match', 'macaddress'], `No network card of this machine has the MAC address ${mac}: this part would be left out.`)); // prettier-ignore
    const addresses = list(card['addresses']).map((each) => (typeof each === 'string' ? each : Object.keys(map(each))[0] ?? '')); // prettier-ignore
    for (const [index, text] of addresses.entries()) {
      const here = [...path, 'addresses', index];
      const problem = addressProblem(text);
      const ip = text.split('/')[0] ?? '';
      if (problem) findings.push(checked.at('error', here, problem));
      else if (seen.has(ip)) findings.push(checked.at('error', here, `${ip} is given twice.`));
      else if (inSubnet(ip, podRange) && ip !== podAddress)
        findings.push(checked.at('warning', here, `${podRange} is the range of the pod network: there a machine is reached (SSH, forwarded ports) at ${podAddress} only, with the gateway 10.0.2.1.`)); // prettier-ignore
      const other = context.taken?.get(ip);
      if (!problem && other) findings.push(checked.at('warning', here, `${ip} is also the address of ${other}.`));
      seen.set(ip, id);
    }
    const gateways = [
      { ip: card['gateway4'], path: [...path, 'gateway4'] },
      { ip: card['gateway6'], path: [...path, 'gateway6'] },
      ...list(card['routes']).map((route, index) => ({
        ip: map(route)['via'],
        path: [...path, 'routes', index, 'via'],
        onLink: map(route)['on-link'] === true,
      })),
    ];
    for (const gateway of gateways) {
      if (typeof gateway.ip !== 'string') continue;
      const parsed = parseAddress(gateway.ip);
      if (!parsed) findings.push(checked.at('error', gateway.path, `${gateway.ip} is no IP address.`));
      else if (addresses.includes(gateway.ip) || addresses.some((each) => each.startsWith(`${gateway.ip as string}/`)))
        findings.push(checked.at('error', gateway.path, `${gateway.ip} is the machine's own address: the gateway is another one.`)); // prettier-ignore
      else if (
        !('onLink' in gateway && gateway.onLink) &&
        card['dhcp4'] !== true &&
        card['dhcp6'] !== true &&
        addresses.length > 0 &&
        !addresses.some((each) => inSubnet(gateway.ip as string, each))
      )
        findings.push(checked.at('error', gateway.path, `${gateway.ip} is not inside ${addresses.join(' or ')}: it could not be reached.`)); // prettier-ignore
    }
    for (const [index, server] of list(map(card['nameservers'])['addresses']).entries())
      if (typeof server === 'string' && !parseAddress(server))
        findings.push(checked.at('error', [...path, 'nameservers', 'addresses', index], `${server} is no IP address.`));
    if (addresses.length === 0 && card['dhcp4'] !== true && card['dhcp6'] !== true)
      findings.push(checked.at('warning', path, `"${id}" gets no address: neither DHCP nor a static one.`));
  }
  return findings;
}

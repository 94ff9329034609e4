import { createHash } from 'node:crypto';
import type { KubeObject } from '../../contract/kube.ts';
import type { CreateNetwork, NetworkRow } from '../../contract/networks.ts';
import { ProblemError } from '../../contract/problem.ts';
import { pick, pickList, pickText } from '../target/pick.ts';

const lanLabel = 'hearth.dev/lan';

const number = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const wrong = (field: string, detail: string): ProblemError =>
  new ProblemError({
    code: 'network-addresses',
    title: 'These addresses do not fit',
    detail,
    fields: { [field]: detail },
  });

const ownBridge = (namespace: string, name: string): string =>
  `hb${createHash('sha256').update(`${namespace}/${name}`).digest('hex').slice(0, 10)}`;

/** The same network under another name: a switch of its own stays one of its own. Pure. */
export function renamedNetwork(network: KubeObject, name: string): KubeObject {
  const { namespace = '', name: old = '' } = network.metadata;
  if (name === old) return network;
  const renamed = { ...network, metadata: { ...network.metadata, name } };
  const config = configOf(network);
  if (!config) return renamed;
  const changed = {
    ...config,
    ...(config['name'] === old && { name }),
    ...(config['bridge'] === ownBridge(namespace, old) && { bridge: ownBridge(namespace, name) }),
  };
  return { ...renamed, spec: { ...network.spec, config: JSON.stringify(changed) } };
}
function configOf(network: KubeObject): Record<string, unknown> | undefined {
  try {
    const config: unknown = JSON.parse(pickText(network, 'spec', 'config') ?? '');
    return typeof config === 'object' && config !== null ? (config as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // it was made elsewhere, and goes back as it was
    throw error;
  }
}

/** A NetworkAttachmentDefinition of the plugin `bridge`: a switch of its own, or a bridge of the node. Pure. */
export function networkDefinition(input: CreateNetwork): KubeObject {
  const { namespace, name, description, subnet, bridge } = input;
  const config = {
    cniVersion: '0.3.1',
    name,
    type: 'bridge',
    // Interface names have 15 characters at most, and every network its own.
    bridge: bridge ?? ownBridge(namespace, name),
    ...(subnet && !bridge ? { ipam: ipam(subnet, input.first, input.last) } : {}),
  };
  return {
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: {
      name,
      namespace,
      labels: { 'app.kubernetes.io/managed-by': 'hearth', ...(bridge ? { [lanLabel]: 'true' } : {}) },
      ...(description ? { annotations: { description } } : {}),
    },
    spec: { config: JSON.stringify(config) },
  };
}

function ipam(subnet: string, first: string | undefined, last: string | undefined): object {
  const [address = '', length = ''] = subnet.split('/');
  const size = 2 ** (32 - Number(length));
  const valid = (text: string): boolean => text.split('.').every((part) => Number(part) <= 255);
  if (!valid(address)) throw wrong('subnet', `${subnet} is no network.`);
  const start = Math.floor(number(address) / size) * size;
  const text = (value: number): string => [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256).join('.');
  for (const [field, value] of Object.entries({ first, last }))
    if (value !== undefined && (!valid(value) || number(value) <= start || number(value) >= start + size - 1))
      throw wrong(field, `${value} is not an address of ${subnet}.`);
  if (first && last && number(first) > number(last)) throw wrong('last', 'The last address is before the first.');
  return {
    type: 'host-local',
    subnet: `${text(start)}/${length}`,
    rangeStart: first ?? text(start + Math.min(10, size - 3)),
    rangeEnd: last ?? text(start + size - 2),
  };
}

/** What a definition is, as far as its configuration tells. Pure. */
export function describeDefinition(definition: KubeObject): Pick<NetworkRow, 'kind' | 'range' | 'bridge'> {
  let config: unknown;
  try {
    config = JSON.parse(pickText(definition, 'spec', 'config') ?? '{}');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: 'other' };
  }
  const plugin =
    pickList(config, 'plugins').find((one) => one['type'] === 'bridge' || one['type'] === 'cnv-bridge') ?? config;
  const type = pickText(plugin, 'type');
  if (type !== 'bridge' && type !== 'cnv-bridge') return { kind: 'other' };
  const bridge = pickText(plugin, 'bridge');
  const range =
    pickText(plugin, 'ipam', 'subnet') ??
    pickText(plugin, 'ipam', 'range') ??
    pickText(pick(plugin, 'ipam', 'ranges', 0, 0), 'subnet');
  // A bridge that somebody else named is a bridge of the node; the names of ours begin with `hb`.
  const own = /^hb[0-9a-f]{10}$/.test(bridge ?? '') || range !== undefined;
  const lan = definition.metadata.labels?.[lanLabel] === 'true' || !own;
  return { kind: lan ? 'lan' : 'private', ...(range && { range }), ...(bridge && { bridge }) };
}

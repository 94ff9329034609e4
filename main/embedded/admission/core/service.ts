import type { KubeObject } from '../../kube/object.ts';
import { services } from '../../kube/resources.ts';
import type { Store } from '../../store/store.ts';
import { duplicate, forbidden, invalidObject, notSupported, required, wrong } from '../field-error.ts';
import type { FieldError } from '../field-error.ts';
import { labelErrors } from '../metadata.ts';
import type { RuleContext, Rules } from '../rules.ts';
import { isPortName } from '../vm/network.ts';

interface Port {
  name?: string;
  port: number;
  protocol?: string;
  nodePort?: number;
  targetPort?: number | string;
}
interface ServiceSpec {
  type?: string;
  ports?: Port[];
  selector?: Record<string, string>;
  clusterIP?: string;
  sessionAffinity?: string;
  externalIPs?: string[];
  loadBalancerSourceRanges?: string[];
  allocateLoadBalancerNodePorts?: boolean;
}

const [lowest, highest] = [30000, 32767];
const specOf = (object: Pick<KubeObject, 'spec'>): ServiceSpec => object.spec ?? {};
const opensPorts = ({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
const protocolOf = (port: Port): string => port.protocol ?? 'TCP';

/** Node ports of all Services but one, as "TCP 30080". */
const takenPorts = (store: Store, except: KubeObject): Set<string> => {
  const taken = new Set<string>();
  for (const other of store.list(services)) {
    const { namespace, name } = other.metadata;
    if (namespace === except.metadata.namespace && name === except.metadata.name) continue;
    for (const port of specOf(other).ports ?? []) if (port.nodePort) taken.add(`${protocolOf(port)} ${port.nodePort}`);
  }
  return taken;
};

const freePort = (taken: ReadonlySet<string>, protocol: string): number | undefined => {
  const count = highest - lowest + 1;
  const start = Math.floor(Math.random() * count);
  for (let step = 0; step < count; step += 1) {
    const port = lowest + ((start + step) % count);
    if (!taken.has(`${protocol} ${port}`)) return port;
  }
  return undefined;
};

const portErrors = (spec: ServiceSpec, taken: ReadonlySet<string>): FieldError[] => {
  const errors: FieldError[] = [];
  const { ports = [] } = spec;
  if (ports.length === 0) errors.push(required('spec.ports'));
  const names = new Set<string>();
  const seen = new Set<string>();
  const nodePorts = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const here = `spec.ports[${index}]`;
    if (!port.name && ports.length > 1) errors.push(required(`${here}.name`));
    for (const error of port.name ? labelErrors(port.name) : []) errors.push(wrong(`${here}.name`, port.name, error));
    if (port.name && names.has(port.name)) errors.push(duplicate(`${here}.name`, port.name));
    if (port.name) names.add(port.name);
    if (!inRange(port.port)) errors.push(wrong(`${here}.port`, port.port, 'must be between 1 and 65535, inclusive'));
    if (protocolOf(port) === 'SCTP') errors.push(notSupported(`${here}.protocol`, 'SCTP', ['TCP', 'UDP']));
    const target = port.targetPort;
    if (typeof target === 'number' && !inRange(target)) {
      errors.push(wrong(`${here}.targetPort`, target, 'must be between 1 and 65535, inclusive'));
    }
    if (typeof target === 'string' && !isPortName(target)) {
      errors.push(wrong(`${here}.targetPort`, target, 'must be a port number or the name of a port of the machine'));
    }
    const key = `${protocolOf(port)} ${port.port}`;
    if (seen.has(key)) errors.push(duplicate(here, { port: port.port, protocol: protocolOf(port) }));
    seen.add(key);
    if (port.nodePort) errors.push(...nodePortErrors(port, spec, `${here}.nodePort`, taken, nodePorts));
  }
  return errors;
};
const inRange = (port: number): boolean => port >= 1 && port <= 65535;

const nodePortErrors = (
  port: Port,
  spec: ServiceSpec,
  field: string,
  taken: ReadonlySet<string>,
  own: Set<string>,
): FieldError[] => {
  const { nodePort = 0 } = port;
  if (!opensPorts(spec)) return [forbidden(field, `may not be used when \`type\` is '${spec.type ?? 'ClusterIP'}'`)];
  if (nodePort < lowest || nodePort > highest) {
    const range = `${lowest}-${highest}`;
    return [wrong(field, nodePort, `provided port is not in the valid range. The range of valid ports is ${range}`)];
  }
  const key = `${protocolOf(port)} ${nodePort}`;
  if (own.has(key)) return [duplicate(field, { nodePort, protocol: protocolOf(port) })];
  own.add(key);
  return taken.has(key) ? [wrong(field, nodePort, 'provided port is already allocated')] : [];
};

const unsupportedErrors = (spec: ServiceSpec): FieldError[] => {
  const errors: FieldError[] = [];
  if (spec.type === 'ExternalName') {
    errors.push(forbidden('spec.type', 'there is no cluster DNS to publish a name in; use NodePort or LoadBalancer'));
  }
  if (spec.sessionAffinity === 'ClientIP') {
    errors.push(forbidden('spec.sessionAffinity', 'a Service forwards to one machine here; use None'));
  }
  if (spec.externalIPs?.length)
    errors.push(forbidden('spec.externalIPs', 'ports are opened on this computer; remove the field'));
  if (spec.loadBalancerSourceRanges?.length) {
    errors.push(forbidden('spec.loadBalancerSourceRanges', 'clients are not filtered by address; remove the field'));
  }
  return errors;
};

/** An update that leaves node ports out keeps them; one that no longer opens ports loses them (patchAllocatedValues). */
const carryNodePorts = (spec: ServiceSpec, before: ServiceSpec): void => {
  for (const port of spec.ports ?? []) {
    const same = before.ports?.find((one) => one.port === port.port && protocolOf(one) === protocolOf(port));
    if (same?.nodePort === undefined) continue;
    if (opensPorts(spec)) port.nodePort ??= same.nodePort;
    else if (port.nodePort === same.nodePort) delete port.nodePort;
  }
};

export const serviceRules: Rules = {
  mutate(draft, old, { store }: RuleContext) {
    const spec = specOf(draft);
    if (old) carryNodePorts(spec, specOf(old));
    if (!opensPorts(spec)) return;
    const taken = takenPorts(store, draft);
    for (const port of spec.ports ?? []) if (port.nodePort) taken.add(`${protocolOf(port)} ${port.nodePort}`);
    for (const port of spec.ports ?? []) {
      if (port.nodePort) continue;
      const free = freePort(taken, protocolOf(port));
      if (free === undefined) continue;
      port.nodePort = free;
      taken.add(`${protocolOf(port)} ${free}`);
    }
  },
  validate(object, old, { store, warnings }: RuleContext) {
    const spec = specOf(object);
    const errors = [...unsupportedErrors(spec)];
    if (spec.type !== 'ExternalName') errors.push(...portErrors(spec, takenPorts(store, object)));
    if (errors.length > 0) throw invalidObject(services, object.metadata.name ?? '', errors);
    if (old) return;
    if (
      spec.ports?.some(
        ({ port, targetPort }) =>
          targetPort !== undefined && targetPort !== '' && targetPort !== 0 && targetPort !== port,
      )
    ) {
      warnings.push(
        'spec.ports: targetPort counts for ports of this computer; between machines the name of a Service leads to the machine itself, as with a headless Service: use the port that it listens on',
      );
    }
    if (spec.type === 'ClusterIP' || spec.type === undefined) {
      warnings.push(
        'spec.type: ClusterIP opens no port on this computer; use NodePort or LoadBalancer to reach a machine',
      );
    }
  },
};

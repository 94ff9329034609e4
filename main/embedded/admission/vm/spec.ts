import { isIP } from 'node:net';
import type { EngineConfig } from '../../kube/context.ts';
import type { StatusCause } from '../../kube/status-error.ts';
import { labelErrors, subdomainErrors } from '../metadata.ts';
import { architectureOf } from './defaults.ts';
import { bootCauses, diskCauses } from './disks.ts';
import { domainCauses } from './domain.ts';
import { networkCauses } from './network.ts';
import { invalidCause, requiredCause, unsupportedCause } from './shapes.ts';
import type { VmiSpec } from './shapes.ts';
import { volumeCauses } from './volumes.ts';

const evictionStrategies = ['None', 'LiveMigrate', 'LiveMigrateIfPossible', 'External'];
const ioThreadsPolicies = ['shared', 'auto', 'supplementalPool'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None', ''];
const reservedLabels = new Set(
  ['created-by', 'migrationJobUID', 'nodeName', 'migrationTargetNodeName', 'schedulable', 'install-strategy'].map(
    (name) => `kubevirt.io/${name}`,
  ),
);

/** Everything KubeVirt's webhooks find wrong with a complete instance spec, in their order; `at` is its path. */
export const instanceSpecCauses = (spec: VmiSpec, at: string, config: EngineConfig): StatusCause[] => [
  ...nameCauses(spec, at),
  ...domainCauses(spec, at),
  ...policyCauses(spec, at, config),
  ...networkCauses(spec, at),
  ...bootCauses(spec, at),
  ...diskCauses(spec, at),
  ...volumeCauses(spec, at),
  ...dnsCauses(spec, at),
  ...probeCauses(spec, at),
];

const nameCauses = ({ hostname, subdomain }: VmiSpec, at: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const host = hostname ? labelErrors(hostname) : [];
  if (host.length > 0) {
    const field = `${at}.hostname`;
    causes.push(
      invalidCause(field, `${field} does not conform to the kubernetes DNS_LABEL rules : ${host.join(', ')}`),
    );
  }
  const sub = subdomain ? subdomainErrors(subdomain) : [];
  if (sub.length > 0) {
    const field = `${at}.subdomain`;
    causes.push(
      invalidCause(field, `${field} does not conform to the kubernetes DNS_SUBDOMAIN rules : ${sub.join(', ')}`),
    );
  }
  return causes;
};

const policyCauses = (spec: VmiSpec, at: string, config: EngineConfig): StatusCause[] => {
  const causes: StatusCause[] = [];
  const option = (field: string, value: string): StatusCause =>
    invalidCause(`${at}.${field}`, `${at}.${field} is set with an unrecognized option: ${value}`);
  const { architecture, evictionStrategy, startStrategy, terminationGracePeriodSeconds: grace, domain } = spec;
  if (startStrategy && startStrategy !== 'Paused') causes.push(option('startStrategy', startStrategy));
  if (startStrategy === 'Paused' && spec.livenessProbe) {
    causes.push(
      invalidCause(
        `${at}.startStrategy`,
        `either ${at}.startStrategy or ${at}.livenessProbe should be provided.Pausing VMI with LivenessProbe is not supported`,
      ),
    );
  }
  if (evictionStrategy && !evictionStrategies.includes(evictionStrategy))
    causes.push(option('evictionStrategy', evictionStrategy));
  if (grace !== undefined && grace < 0) {
    const field = `${at}.terminationGracePeriodSeconds`;
    causes.push(invalidCause(field, `${field} '${grace}': must be greater than or equal to 0.`));
  }
  if (architecture && !['amd64', 'arm64', 's390x'].includes(architecture)) {
    causes.push(invalidCause(`${at}.architecture`, `unsupported architecture: ${architecture}`));
  } else if (architecture && architecture !== architectureOf(config)) {
    const field = `${at}.architecture`;
    causes.push(
      requiredCause(field, `MultiArchitecture feature gate is not enabled in kubevirt-config, invalid entry ${field}`),
    );
  }
  if (domain.ioThreadsPolicy && !ioThreadsPolicies.includes(domain.ioThreadsPolicy)) {
    causes.push(invalidCause(`${at}.domain.ioThreadsPolicy`, `Invalid IOThreadsPolicy (${domain.ioThreadsPolicy})`));
  }
  if (domain.ioThreadsPolicy === 'supplementalPool' && (domain.ioThreads?.supplementalPoolThreadCount ?? 0) < 1) {
    causes.push(
      invalidCause(
        `${at}.domain.ioThreads.count`,
        'the number of iothreads needs to be set and positive for the dedicated policy',
      ),
    );
  }
  return causes;
};

const dnsCauses = (spec: VmiSpec, at: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const { dnsConfig } = spec;
  const dnsPolicy: string = spec.dnsPolicy ?? '';
  if (!dnsPolicies.includes(dnsPolicy)) {
    causes.push(
      unsupportedCause(
        `${at}.dnsPolicy`,
        `DNSPolicy: ${dnsPolicy} is not supported, valid values: [${dnsPolicies.join(' ')}]`,
      ),
    );
  }
  if (dnsPolicy === 'None' && !dnsConfig) {
    return [...causes, requiredCause(`${at}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  }
  const servers = dnsConfig?.nameservers ?? [];
  if (dnsPolicy === 'None' && servers.length === 0) {
    causes.push(requiredCause('nameservers', 'must provide at least one DNS nameserver when `dnsPolicy` is None'));
  }
  if (servers.length > 3) {
    causes.push(invalidCause('nameservers', `must not have more than 3 nameservers: [${servers.join(' ')}]`));
  }
  for (const server of servers) {
    if (isIP(server) === 0) causes.push(invalidCause('nameservers', `must be valid IP address: ${server}`));
  }
  return causes;
};

const probeCauses = (spec: VmiSpec, at: string): StatusCause[] =>
  (['readinessProbe', 'livenessProbe'] as const).flatMap((kind) => {
    const probe = spec[kind];
    if (!probe) return [];
    const field = `${at}.${kind}`;
    const handlers = [probe.httpGet, probe.tcpSocket, probe.exec, probe.guestAgentPing].filter(Boolean).length;
    if (handlers > 1) return [invalidCause(field, `${field} must have exactly one probe type set`)];
    if (handlers === 1) return [];
    return [
      requiredCause(
        field,
        `either ${field}.tcpSocket, ${field}.exec or ${field}.httpGet must be set if a ${field} is specified`,
      ),
    ];
  });

/** Labels only KubeVirt's own parts may set on an instance (ValidateVirtualMachineInstanceMetadata). */
export const reservedLabelCauses = (labels: Readonly<Record<string, string>> | undefined, at: string): StatusCause[] =>
  Object.keys(labels ?? {}).some((label) => reservedLabels.has(label))
    ? [
        unsupportedCause(
          `${at}.labels`,
          'creation of the following reserved kubevirt.io/ labels on a VMI object is prohibited',
        ),
      ]
    : [];

import { stringify } from 'yaml';
import type { KubeObject } from '../../contract/kube.ts';
import type { CreatePods } from '../../contract/pods.ts';

/** An object as a person edits it: without what the target fills in and would refuse, or what says nothing. Pure. */
export function yamlOf(object: KubeObject): string {
  const { status: _status, metadata, apiVersion, kind, ...rest } = object;
  const { managedFields: _fields, resourceVersion: _version, uid: _uid, generation: _generation, creationTimestamp: _at, ...own } = metadata; // prettier-ignore
  const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...annotations } = own.annotations ?? {};
  delete own.annotations;
  const kept = { ...own, ...(Object.keys(annotations).length > 0 && { annotations }) };
  return stringify({ apiVersion, kind, metadata: kept, ...rest }, { lineWidth: 0, aliasDuplicateObjects: false });
}

const label = 'app.kubernetes.io/name';

/** The objects of the form: a Deployment, and a Service in front of it where it listens. Pure. */
export function deploymentOf(wish: CreatePods): KubeObject[] {
  const { namespace, name, image, replicas, env, command } = wish;
  const ports = [...new Set(wish.ports)];
  const labels = { [label]: name };
  const metadata = { name, namespace, labels: { ...labels, 'app.kubernetes.io/managed-by': 'hearth' } };
  const portName = (port: number): string => `tcp-${port}`;
  const deployment: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: name.slice(0, 63),
              image,
              ...(command.length > 0 && { command }),
              ...(ports.length > 0 && { ports: ports.map((port) => ({ name: portName(port), containerPort: port, protocol: 'TCP' })) }), // prettier-ignore
              ...(env.length > 0 && { env }),
            },
          ],
        },
      },
    },
  };
  if (ports.length === 0) return [deployment];
  const service: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      selector: labels,
      ports: ports.map((port) => ({ name: portName(port), port, targetPort: port, protocol: 'TCP' })),
    },
  };
  return [deployment, service];
}
/** All of them in one text. Pure. */
export const textOf = (objects: readonly KubeObject[]): string => objects.map(yamlOf).join('---\n');

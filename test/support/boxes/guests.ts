import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import { apiLab } from '../api-lab.ts';
import { kubeOf } from '../kube.ts';

const machines = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines';
const instances = '/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstances';

/** A Kubernetes API with virtual machines whose guests do as a test says when they are told to shut down. */
export async function guests(kubeconfig: string) {
  const lab = await apiLab();
  await mkdir(dirname(kubeconfig), { recursive: true, mode: 0o700 });
  const { address, ca, token } = lab.server;
  await writeFile(
    kubeconfig,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'lab', cluster: { server: address, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
      ],
      users: [{ name: 'lab', user: { token } }],
      contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
      'current-context': 'lab',
    }),
  );
  const kube = kubeOf(kubeconfig);
  const stubborn = new Set<string>();
  const strategies = async (): Promise<Record<string, unknown>> => {
    const { items = [] } = await kube.request('GET', machines);
    return Object.fromEntries(items.map(({ metadata, ...rest }) => [metadata.name, (rest['spec'] as { runStrategy: string }).runStrategy])); // prettier-ignore
  };
  /** What KubeVirt does: an instance for each machine that is to run, none for the others. */
  const settle = async (): Promise<void> => {
    const { items = [] } = await kube.request('GET', instances);
    const on = new Set(items.map(({ metadata }) => metadata.name));
    for (const [name, strategy] of Object.entries(await strategies())) {
      if (strategy === 'Halted' && on.has(name) && !stubborn.has(name))
        await kube.request('DELETE', `${instances}/${name}`);
      if (strategy !== 'Halted' && !on.has(name)) await kube.request('POST', instances, { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', metadata: { name, namespace: 'default' }, spec: {} }); // prettier-ignore
    }
  };
  let over = false;
  const loop = (async () => {
    while (!over) {
      await settle();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    stubborn,
    strategies,
    async add(name: string, runStrategy = 'Always'): Promise<void> {
      const template = { spec: { domain: { devices: {} }, volumes: [{ name: 'disk', dataVolume: { name: `${name}-disk` } }] } }; // prettier-ignore
      await kube.request('POST', machines, { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name, namespace: 'default' }, spec: { runStrategy, template } }); // prettier-ignore
    },
    async close(): Promise<void> {
      over = true;
      await loop;
      await lab.close();
    },
  };
}

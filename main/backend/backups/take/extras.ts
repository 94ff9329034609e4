import type { KubeObject } from '../../../contract/kube.ts';
import { kinds } from '../../target/kinds.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { pickList, pickText } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { PointManifest } from '../points/manifest.ts';

/** The networks its cards are on, as far as they are there and may be read. Throws KubeError. */
export async function networksOf({ client }: OpenTarget, vm: KubeObject): Promise<PointManifest['networks']> {
  const found: PointManifest['networks'] = [];
  for (const network of pickList(vm, 'spec', 'template', 'spec', 'networks')) {
    const wanted = pickText(network, 'multus', 'networkName');
    if (wanted === undefined) continue;
    const [first = '', second] = wanted.split('/');
    const namespace = second === undefined ? (vm.metadata.namespace ?? 'default') : first;
    const name = second ?? first;
    if (found.some((each) => each.namespace === namespace && each.name === name)) continue;
    const object = await client.get(kinds.networkAttachmentDefinitions, namespace, name).catch((error: unknown) => {
      if (isNotFound(error)) return undefined; // the machine cannot start without it now, either
      throw error;
    });
    if (!object) continue;
    const { labels, annotations } = object.metadata;
    found.push({ namespace, name, spec: object.spec ?? {}, ...(labels && { labels }), ...(annotations && { annotations }) }); // prettier-ignore
  }
  return found;
}

import type { KubeObject } from '../../../contract/kube.ts';
import { organiseKeys } from '../../../contract/organise-rules.ts';
import { reservationPrefix } from '../../networks/nics.ts';
import { scheduleAnnotation } from '../../snapshots/schedule/written.ts';
import { kinds } from '../../target/kinds.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { pick, pickList, pickText } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { PointManifest } from '../points/manifest.ts';

const kept: readonly string[] = [...Object.values(organiseKeys), scheduleAnnotation];
const texts = (value: unknown, wanted: (key: string) => boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries((value ?? {}) as Record<string, unknown>).filter(
      (entry): entry is [string, string] => wanted(entry[0]) && typeof entry[1] === 'string',
    ),
  );

/** How a machine is put in order, and the addresses that are its own. Pure. */
export const orderOf = (vm: KubeObject): Pick<PointManifest, 'organised' | 'reserved'> => ({
  organised: texts(vm.metadata.annotations, (key) => kept.includes(key)),
  reserved: texts(pick(vm, 'spec', 'template', 'metadata', 'annotations'), (key) => key.startsWith(reservationPrefix)),
});

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

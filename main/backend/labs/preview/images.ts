import type { LabFile } from '../../../contract/labs/file.ts';
import type { LabPreview } from '../../../contract/labs/run.ts';
import type { CatalogueEntry } from '../../../contract/image.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import { imageStatus } from '../../images/row.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import { pickList } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';
import { imagePlace } from '../file/objects.ts';

export type LabImage = LabFile['images'][number];
/** How an image of a lab stands: there; to be added by its catalogue entry; to be fetched; nowhere. */
export type ImageWay = { type: 'there' } | { type: 'catalogue'; entry: CatalogueEntry } | { type: 'fetch' } | { type: 'missing' }; // prettier-ignore

/** What is to be done for an image of a lab before machines can start from it. Throws KubeError. */
export async function imageWay(lab: LabFile, image: LabImage, target: OpenTarget, catalogue: readonly CatalogueEntry[]): Promise<ImageWay> {
  const { namespace, name } = imagePlace(lab, image);
  const volume = await found(target, kinds.dataVolumes, namespace, name);
  if (volume && imageStatus(volume, false).state === 'ready') return { type: 'there' };
  if (image.use === undefined) return { type: 'fetch' };
  const golden = await found(target, kinds.dataSources, namespace, name);
  if (golden && pickList(golden, 'status', 'conditions').some((each) => each['type'] === 'Ready' && each['status'] === 'True')) return { type: 'there' };
  const entry = catalogue.find(({ id }) => id === image.use);
  return entry ? { type: 'catalogue', entry } : { type: 'missing' };
} // prettier-ignore

async function found(target: OpenTarget, kind: (typeof kinds)['dataVolumes' | 'dataSources'], namespace: string, name: string): Promise<KubeObject | undefined> {
  try {
    return await target.client.get(kind, namespace, name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
} // prettier-ignore

/** The image as the preview tells it. Pure. */
export function imageRow(image: LabImage, way: ImageWay): LabPreview['images'][number] {
  const from =
    image.url ?? (image.file !== undefined ? `${image.file} of the pack` : way.type === 'catalogue' ? `the catalogue: ${way.entry.name}` : 'the image library'); // prettier-ignore
  const size = image.size ?? (way.type === 'catalogue' ? way.entry.downloadSize : undefined);
  return {
    name: image.name,
    from,
    ...(image.sha256 !== undefined && { sha256: image.sha256 }),
    ...(size !== undefined && { size }),
    there: way.type === 'there',
  };
}

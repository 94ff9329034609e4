import type { LabFile } from '../../../contract/labs/file.ts';
import type { LabPreview, LabRow } from '../../../contract/labs/run.ts';
import type { Problem } from '../../../contract/problem.ts';
import { readCatalogue } from '../../images/catalogue.ts';
import { assetsFolder } from '../../paths.ts';
import type { OpenTarget } from '../../target/target.ts';
import { fileValues } from '../file/objects.ts';
import { buildLab, namespaceObject } from '../start/build.ts';
import { buildFacts } from '../start/facts.ts';
import { imageRow, imageWay } from './images.ts';
import type { ImageWay, LabImage } from './images.ts';
import { diskSpace, memorySpace, tooLittle } from './space.ts';

/** What starting a lab on a target would make and take, and what speaks against it. Nothing is made. Throws KubeError when the target does not answer. */
export async function previewLab(lab: LabFile, row: LabRow, target: OpenTarget, folder: string): Promise<LabPreview> {
  const catalogue = await readCatalogue(assetsFolder);
  const ways = await Promise.all(
    lab.images.map(async (image): Promise<[LabImage, ImageWay]> => [image, await imageWay(lab, image, target, catalogue)]), // prettier-ignore
  );
  const facts = await buildFacts(lab, target, { values: fileValues(lab), key: 'ssh-ed25519 AAAA lab' });
  const objects = buildLab(lab, facts);
  const fetched = ways.reduce((sum, [image, way]) => sum + (way.type === 'there' ? 0 : imageSize(image, way)), 0);
  const [memory, disk] = await Promise.all([
    memorySpace(lab, target),
    diskSpace(lab, target, objects, fetched, folder),
  ]);
  const own = ways.filter(([image]) => image.use === undefined);
  return {
    row,
    objects: [
      { kind: 'Namespace', name: namespaceObject(lab).metadata.name ?? '' },
      ...own.map(([image]) => ({ kind: 'DataVolume', name: `image-${image.name}` })),
      ...objects.map(({ kind, metadata }) => ({ kind, name: metadata.name ?? '' })),
    ],
    images: ways.map(([image, way]) => imageRow(image, way)),
    memory,
    disk,
    problems: [
      ...row.missing.map(({ what, remedy }) => refusal('lab-target-cannot', 'This target cannot run the lab', what, remedy ?? lab.needs.advice)), // prettier-ignore
      ...ways.flatMap(([image, way]) => (way.type === 'missing' ? [noImage(image)] : [])),
      ...[tooLittle(memory, 'memory')].flatMap((detail) => (detail === undefined ? [] : [refusal('lab-memory', 'There is not enough memory', detail, 'Stop other machines, or use a larger target.')])), // prettier-ignore
      ...[tooLittle(disk, 'disk space')].flatMap((detail) => (detail === undefined ? [] : [refusal('lab-disk', 'There is not enough disk space', detail, 'Delete disks or images that nobody needs (Storage page).')])), // prettier-ignore
    ],
  };
}

const imageSize = (image: LabImage, way: ImageWay): number =>
  image.size ?? (way.type === 'catalogue' ? way.entry.downloadSize : 0);

const noImage = (image: LabImage): Problem =>
  refusal('lab-image-missing', 'An image is missing', `The image library has no image "${image.use}", and neither has the catalogue.`, 'Add it to the image library under this name.'); // prettier-ignore
const refusal = (code: string, title: string, detail: string, fix: string | undefined): Problem => ({
  code,
  title,
  detail,
  ...(fix && { fix }),
  kind: 'denied',
});

import type { KubeObject } from '../../contract/kube.ts';
import type { CreateMachine } from '../../contract/machine.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';
import { hasProfile } from '../target/storage-profile.ts';
import type { OpenTarget } from '../target/target.ts';
import type { ImageFacts } from './manifest.ts';

const preferenceLabel = 'instancetype.kubevirt.io/default-preference';

/** What the manifest of a new machine needs to know of its image and of the target's storage. */
export async function imageFacts(target: OpenTarget, input: CreateMachine): Promise<ImageFacts> {
  const [image, extras, profiled, taken] = await Promise.all([
    input.source.type === 'blank' ? {} : ofImage(target, input.source.image),
    Promise.all(
      input.extraDisks.map(async ({ image }, at) => image && ofImage(target, image, `extraDisks.${at}.name`)),
    ),
    hasProfile(target),
    diskNames(target, input.namespace),
  ]);
  return { ...image, extras, ...(profiled && { profiled }), taken };
}

/** Names of the disks of a namespace; none where this user may not look. */
async function diskNames({ client }: OpenTarget, namespace: string): Promise<Set<string>> {
  const both = [kinds.persistentVolumeClaims, kinds.dataVolumes].map((kind) =>
    client.list(kind, namespace).catch((error: unknown): KubeObject[] => {
      if (error instanceof KubeError && (error.code === 404 || error.code === 403)) return [];
      throw error;
    }),
  );
  return new Set((await Promise.all(both)).flat().map(({ metadata }) => metadata.name ?? ''));
}

async function found(target: OpenTarget, kind: Kind, ref: ObjectRef): Promise<KubeObject | undefined> {
  try {
    return await target.client.get(kind, ref.namespace, ref.name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** An image of the library is a DataVolume; a golden image of the target is a DataSource. */
async function ofImage(target: OpenTarget, ref: ObjectRef, field = 'source.image'): Promise<ImageFacts> {
  const image = await found(target, kinds.dataVolumes, ref);
  if (image) {
    const size = quantity(pickText(image, 'metadata', 'annotations', 'hearth.dev/virtual-size'));
    // The wizard's firmware and disks decide for an installer; its image knows nothing of what it will install.
    const preference = image.metadata.labels?.[preferenceLabel];
    return { ...(size !== undefined && { virtualSize: size }), ...(preference && { preference }) };
  }
  const golden = await found(target, kinds.dataSources, ref);
  if (golden) return { golden: true, ...(await ofGolden(target, golden)) };
  throw new ProblemError({
    code: 'image-not-found',
    title: 'The image is not there',
    detail: `The library has no image ${ref.namespace}/${ref.name} (any more).`,
    fix: 'Choose another one.',
    fields: { [field]: 'not in the library' },
  });
}

async function ofGolden(target: OpenTarget, source: KubeObject): Promise<ImageFacts> {
  const claim = goldenClaim(source);
  const preference = source.metadata.labels?.[preferenceLabel];
  const held = claim && (await found(target, kinds.persistentVolumeClaims, claim));
  const size = quantity(pickText(held, 'status', 'capacity', 'storage'));
  return { ...(size !== undefined && { virtualSize: size }), ...(preference && { preference }) };
}

/** The claim that a DataSource points to now; undefined where it is kept as a snapshot. Pure. */
export function goldenClaim(source: KubeObject): ObjectRef | undefined {
  const name = pickText(source, 'status', 'source', 'pvc', 'name') ?? pickText(source, 'spec', 'source', 'pvc', 'name');
  const namespace =
    pickText(source, 'status', 'source', 'pvc', 'namespace') ?? pickText(source, 'spec', 'source', 'pvc', 'namespace');
  return name ? { namespace: namespace ?? source.metadata.namespace ?? 'default', name } : undefined;
}

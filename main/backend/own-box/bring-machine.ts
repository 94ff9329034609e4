import type { BoxWishes } from '../../contract/box/settings.ts';
import type { ImageRow } from '../../contract/image.ts';
import { createMachineSchema } from '../../contract/machine.ts';
import { ProblemError } from '../../contract/problem.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { Workspace } from '../targets/workspace.ts';

const namespace = 'default';
type Wanted = BoxWishes['bring']['machines'][number];

/** The machine, unless one of its name is there: it was made right before a restart, or by hand. */
export async function bringMachine({ machines, images, target }: Workspace, wanted: Wanted, { sshKeys }: BoxWishes, signal: AbortSignal): Promise<void> {
  try {
    await target.client.get(kinds.virtualMachines, namespace, wanted.name);
    return;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const row = await imageOf(images, wanted.image, signal);
  if (row?.state !== 'ready')
    throw new ProblemError({
      code: 'image-missing',
      title: 'Its image is not there',
      detail: `${wanted.name} is to be made of ${wanted.image}, which could not be brought along.`,
      fix: 'See why the image failed; the machine follows it.',
    });
  await machines.create(
    createMachineSchema.parse({
      namespace,
      name: wanted.name,
      source: { type: 'image', image: { namespace: row.namespace, name: row.name } },
      size: { type: 'free', sockets: 1, cores: wanted.cpus, threads: 1, memory: wanted.memory },
      ...(row.preference && { preference: row.preference }),
      cloudInit: row.cloudInit ? { type: 'form', hostname: wanted.name, sshKeys } : { type: 'none' },
    }),
  );
} // prettier-ignore

async function imageOf(images: Workspace['images'], id: string, signal: AbortSignal): Promise<ImageRow | undefined> {
  const once = new AbortController();
  try {
    for await (const update of images.handlers.watch({}, { signal: AbortSignal.any([signal, once.signal]) }))
      if (update.type === 'snapshot')
        return update.items.find(({ name, catalogueId }) => name === id || catalogueId === id);
    return undefined;
  } finally {
    once.abort();
  }
}

import type { ContractHandlers } from '../../contract/contract.ts';
import type { ForeignFile, ForeignPreview } from '../../contract/foreign.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { createMachineSchema } from '../../contract/machine.ts';
import { isImage } from '../images/list.ts';
import { imageNamespace } from '../images/manifest.ts';
import { imageRow } from '../images/row.ts';
import { previewMachine } from '../machines/create.ts';
import { preferenceRow } from '../machines/sizes.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { KubeError } from '../target/kube-error.ts';
import type { Scope } from '../target/scope.ts';
import type { OpenTarget } from '../target/target.ts';
import { openForeign } from './file.ts';
import { insideOf, rootOf, suited } from './inside.ts';
import { fileOf, imageOf } from './match.ts';
import { readMachine } from './recognise.ts';
import { wishOf } from './wish.ts';
import type { Here } from './wish.ts';

/** Handlers of machines that other programs describe: they look, and never make anything. */
export function createForeign(scope: Pick<Scope, 'target'>): ContractHandlers['foreign'] {
  return { preview: ({ files, namespace }) => previewForeign(scope.target(), files, namespace) };
}

/** The machine that files describe, and what creating it on the target would make. Throws ProblemError. */
export async function previewForeign(target: OpenTarget, files: readonly ForeignFile[], namespace: string): Promise<ForeignPreview> {
  const told = await readMachine(await Promise.all(files.map(openForeign)));
  const here = await whatIsHere(target, namespace);
  const root = rootOf(told);
  // A page sends the beginnings of its files: there the image of the library that one became was looked into.
  const inside = (await insideOf(told)) ?? (root && (imageOf(fileOf(root), here.images, 'disk') ?? imageOf(root.file, here.images, 'disk'))?.inside); // prettier-ignore
  const wish = wishOf(suited(told, inside), here, namespace);
  const preview = await previewMachine(target, createMachineSchema.parse(wish.input));
  return { machine: wish.machine, input: wish.input, disks: wish.disks, ...(inside && { inside }), preview };
} // prettier-ignore

async function whatIsHere({ client }: OpenTarget, namespace: string): Promise<Here> {
  // A kind that this user may not see, or that the target does not have, is one without objects.
  const list = (kind: Kind, within?: string): Promise<KubeObject[]> =>
    client.list(kind, within).catch((error: unknown): KubeObject[] => {
      if (error instanceof KubeError && (error.code === 403 || error.code === 404)) return [];
      throw error;
    });
  const [volumes, networks, preferences, machines] = await Promise.all([
    list(kinds.dataVolumes, imageNamespace),
    list(kinds.networkAttachmentDefinitions, namespace),
    list(kinds.preferences),
    list(kinds.virtualMachines, namespace),
  ]);
  return {
    images: volumes.filter(isImage).map((volume) => imageRow(volume, { working: false, usedBy: [] })),
    networks: networks.map(({ metadata }) => `${namespace}/${metadata.name}`),
    preferences: preferences.map(preferenceRow),
    taken: new Set(machines.map(({ metadata }) => metadata.name ?? '')),
  };
}

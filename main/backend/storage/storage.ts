import type { ContractHandlers } from '../../contract/contract.ts';
import { ProblemError } from '../../contract/problem.ts';
import { binDisk, deleteDisk } from '../bin/disks.ts';
import { timesFrom } from '../bin/keep.ts';
import { imageNamespace } from '../images/manifest.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { Scope } from '../target/scope.ts';
import { makeImage, refuseTakenImage } from './make-image.ts';
import { watchDisks, watchSpace } from './watch.ts';

/** Disks of the current target, whoever has them. */
export function createStorage(scope: Scope): ContractHandlers['storage'] {
  return {
    disks: (_input, { signal }) =>
      scope.follow(signal, (target, until) => watchDisks(target, until), { type: 'reset' } as const),
    space: (_input, { signal }) => scope.follow(signal, (target, until) => watchSpace(target, until)),
    async remove({ namespace, name, mode }) {
      const target = scope.target();
      if (namespace === imageNamespace)
        throw new ProblemError({
          code: 'disk-is-image',
          title: 'This is an image of the library',
          detail: `${name} is what machines are made of.`,
          fix: 'Remove it on the Images page.',
          kind: 'denied',
        });
      if (mode === 'now') await deleteDisk(target, { namespace, name });
      else
        await binDisk(target, { namespace, name }, timesFrom(new Date())).catch((error: unknown) => {
          if (isNotFound(error)) throw new ProblemError({ code: 'not-found', title: 'The disk is not there (any more)', detail: `${namespace} has no disk ${name}.` }); // prettier-ignore
          throw error;
        });
    },
    async makeImage(input) {
      const target = scope.target();
      const source = await target.client.get(kinds.persistentVolumeClaims, input.namespace, input.name);
      await refuseTakenImage(target, input.image);
      const { id } = scope.tasks.start(
        {
          type: 'image-from-disk',
          title: `Image ${input.displayName} of the disk ${input.name}`,
          object: { kind: 'Image', namespace: imageNamespace, name: input.image },
          steps: ['Copy the disk'],
        },
        (task) => makeImage(target, source, input, task),
      );
      return { taskId: id };
    },
  };
}

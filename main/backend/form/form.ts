import type { Handlers } from '../../contract/procedure.ts';
import type { formProcedures } from '../../contract/form.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { Scope } from '../target/scope.ts';
import { withForm } from './merge.ts';
import { formOf } from './view.ts';

export type FormHandlers = Handlers<typeof formProcedures>;

const tries = 5;
/** Counts changes of what somebody wants; controllers that write the status do not count. */
const versionOf = (vm: KubeObject): string => String(vm.metadata.generation ?? 0);
const changedSince = (name: string): ProblemError =>
  new ProblemError({
    code: 'conflict',
    title: 'Somebody else changed the machine',
    detail: `${name} is not any more as this form was filled in.`,
    fix: 'Load the form again and change what you want to change.',
  });

/** The form of a machine that is there, whoever made it, and the way back into its object. */
export function createForm(scope: Pick<Scope, 'target'>): FormHandlers {
  return {
    async read({ namespace, name }) {
      const vm = await scope.target().client.get(kinds.virtualMachines, namespace, name);
      return { form: formOf(vm), version: versionOf(vm) };
    },
    async apply({ namespace, name, form, version }) {
      const { client } = scope.target();
      for (let attempt = 1; ; attempt += 1) {
        const vm = await client.get(kinds.virtualMachines, namespace, name);
        if (versionOf(vm) !== version) throw changedSince(name);
        const next = withForm(vm, form);
        try {
          await client.replace(kinds.virtualMachines, vm, next, { dryRun: true });
          await client.replace(kinds.virtualMachines, vm, next);
          return { namespace, name };
        } catch (error) {
          // The status was written in between: read again, and it is decided by the generation whether that mattered.
          if (attempt === tries || !(error instanceof KubeError) || error.reason !== 'Conflict') throw error;
        }
      }
    },
  };
}

import type { Handlers } from '../../contract/procedure.ts';
import type { formProcedures } from '../../contract/form.ts';
import { kinds } from '../target/kinds.ts';
import type { Scope } from '../target/scope.ts';
import { withForm } from './merge.ts';
import { formOf } from './view.ts';

export type FormHandlers = Handlers<typeof formProcedures>;

/** The form of a machine that is there, whoever made it, and the way back into its object. */
export function createForm(scope: Pick<Scope, 'target'>): FormHandlers {
  return {
    async read({ namespace, name }) {
      const vm = await scope.target().client.get(kinds.virtualMachines, namespace, name);
      return { form: formOf(vm), version: vm.metadata.resourceVersion ?? '' };
    },
    async apply({ namespace, name, form, version }) {
      const { client } = scope.target();
      const vm = await client.get(kinds.virtualMachines, namespace, name);
      const next = withForm(vm, form);
      // The version that was read: what somebody else wrote since is not overwritten, the target says 409.
      const object = { ...next, metadata: { ...next.metadata, resourceVersion: version } };
      await client.replace(kinds.virtualMachines, object, { dryRun: true });
      await client.replace(kinds.virtualMachines, object);
      return { namespace, name };
    },
  };
}

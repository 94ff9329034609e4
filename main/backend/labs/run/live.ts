import type { LabFile } from '../../../contract/labs/file.ts';
import type { LabRun } from '../../../contract/labs/run.ts';
import { labNamespace } from '../../../contract/labs/words.ts';
import { kinds } from '../../target/kinds.ts';
import { pickText } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';
import { defaultUser, userOf } from '../start/build.ts';
import { forwardOf } from './values.ts';
import type { Seen } from './values.ts';

/** The lab's machines and services as they are now. */
export interface LabSight {
  readonly seen: Seen;
  machines(lab: LabFile): LabRun['machines'];
  close(): void;
}

/** Follows one lab's namespace. `changed` is told after each change of it. */
export function watchNamespace(target: OpenTarget, lab: string, changed: () => void): LabSight {
  const namespace = labNamespace(lab);
  const near = { changed };
  const machines = target.cache.use(kinds.virtualMachines, namespace, near);
  const instances = target.cache.use(kinds.virtualMachineInstances, namespace, near);
  const services = target.cache.use(kinds.services, namespace, near);
  const sight: LabSight = {
    get seen() {
      return {
        machines: [...machines.values()],
        instances: [...instances.values()],
        services: [...services.values()],
        host: hostOf(target),
      };
    },
    machines(file) {
      const { seen } = sight;
      const there = seen.machines.map(({ metadata }) => metadata.name ?? '');
      const known = file.machines.map(({ name }) => name);
      return [...known, ...there.filter((name) => !known.includes(name)).sort()].map((name) => {
        const machine = file.machines.find((each) => each.name === name);
        const running = pickText(instances.get(namespace, name), 'status', 'phase') === 'Running';
        const forwards = (machine?.forwards ?? []).map((port) => {
          const found = forwardOf(seen, name, port);
          return { port, ...(found && { host: found.port }) };
        });
        return { namespace, name, running, user: machine ? userOf(machine) : defaultUser, forwards };
      });
    },
    close() {
      for (const each of [machines, instances, services]) each.release();
    },
  };
  return sight;
}

/** Where the target's node ports are: on this computer for the Quick lab, else where its API is. */
function hostOf(target: OpenTarget): string {
  const { capabilities, server } = target.state.value;
  if (capabilities.some(({ id, supported }) => id === 'localFiles' && supported) || server === undefined) return '127.0.0.1'; // prettier-ignore
  return new URL(server).hostname.replace(/^\[|\]$/g, '');
}

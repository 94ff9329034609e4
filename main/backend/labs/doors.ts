import { beginFault, cureFaults } from '../faults/change.ts';
import { ownKeys } from '../faults/faults.ts';
import { watchFaults } from '../faults/watch.ts';
import type { Log } from '../log.ts';
import type { DataPaths } from '../paths.ts';
import { createGuestSsh } from './checks/guest-ssh.ts';
import { look } from './checks/look.ts';
import { watchChecks } from './checks/watch.ts';
import { createCheckpoints } from './rewind/checkpoints.ts';
import type { Doors } from './run/doors.ts';

/** The neighbours of a lab's run: checks, faults, rewind. */
export function createDoors({ paths, log }: { paths: DataPaths; log: Log }): Doors {
  const keys = ownKeys(paths);
  return {
    eyes({ workspace, namespace, folder, userOf, markOf }) {
      const { target, consoles } = workspace;
      const ssh = createGuestSsh({ target, namespace, folder, userOf, log });
      const context = { target, namespace, consoles, ssh, mark: markOf };
      const ref = (name: string) => ({ namespace, name });
      return {
        ssh,
        look: (probe, options) => look(probe, context, options),
        watch: watchChecks,
        mark: (machine) => consoles.serialMark(ref(machine)),
        listen: (machine, signal) => consoles.listen(ref(machine), signal),
      };
    },
    faults({ workspace: { target }, namespace }) {
      const tools = { target, keys };
      const ref = (name: string) => ({ namespace, name });
      return {
        begin: (machine, wish, hidden, signal) => beginFault(tools, ref(machine), wish, signal, hidden),
        cure: (machine, signal) => cureFaults(tools, ref(machine), undefined, signal),
        async *watch(machine, signal) {
          for await (const { faults } of watchFaults(tools, ref(machine), signal)) yield faults;
        },
      };
    },
    checkpoints: createCheckpoints({ paths, log }),
  };
}

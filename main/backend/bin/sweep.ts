import type { Log } from '../log.ts';
import { usersOf } from '../networks/users.ts';
import { kinds } from '../target/kinds.ts';
import { listServed } from '../target/served.ts';
import { pause } from '../target/live-list.ts';
import type { OpenTarget } from '../target/target.ts';
import { orNone } from './disks.ts';
import { binMachine } from './keep.ts';
import { binLabel, keptIn, secretName, timesIn, untilAnnotation } from './kept.ts';
import { binNetwork, networkIn } from './network.ts';
import { purge } from './purge.ts';
import { binSecrets } from './watch.ts';
import { cautiousNow } from '../steady-clock.ts';

type Target = Pick<OpenTarget, 'client'>;
const hourMs = 3_600_000;

/** Finishes deletions that were broken off and purges what is due. One that fails is told to the log and tried next time. */
export async function sweepBin(target: Target, now: Date, log: Log): Promise<void> {
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.warn({ err: error, entry: what }, 'an entry of the bin could not be brought on');
    }
  };
  const due = new Map<string, { id: string; namespace: string }>();
  const isDue = (until: string | undefined): boolean => until !== undefined && Date.parse(until) <= now.getTime();
  for (const secret of await binSecrets(target)) {
    const { namespace = '', labels, annotations } = secret.metadata;
    const id = labels?.[binLabel] ?? '';
    if (isDue(annotations?.[untilAnnotation])) due.set(id, { id, namespace });
    await attempt(id, async () => {
      const network = networkIn(secret);
      if (network) {
        const name = network.metadata.name ?? '';
        const there = await target.client.get(kinds.networkAttachmentDefinitions, namespace, name).catch(orNone);
        if (there?.metadata.uid !== id) return;
        due.delete(id);
        // A machine was put on it since: it stays, and is no entry of the bin.
        if ((await usersOf(target, { namespace, name })).length > 0)
          await target.client.delete(kinds.secrets, { namespace, name: secretName(id) }).catch(orNone);
        else await binNetwork(target, { namespace, name });
        return;
      }
      const ref = { namespace, name: keptIn(secret).vm.metadata.name ?? '' };
      const vm = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name).catch(orNone);
      if (vm?.metadata.uid !== id) return;
      due.delete(id);
      const times = timesIn(secret);
      if (!vm.metadata.deletionTimestamp && times) await binMachine(target, ref, times);
    });
  }
  const disks = [
    ...(await target.client.list(kinds.persistentVolumeClaims, undefined, binLabel)),
    ...(await listServed(target.client, kinds.dataVolumes, undefined, binLabel)),
  ];
  for (const { metadata } of disks) {
    const id = metadata.labels?.[binLabel];
    if (id && isDue(metadata.annotations?.[untilAnnotation])) due.set(id, { id, namespace: metadata.namespace ?? '' });
  }
  for (const { id, namespace } of due.values()) await attempt(id, () => purge(target, id, namespace));
}

/** Sweeps when the target answers, and each hour while it does. Returns how to end that. */
export function startSweeping(target: OpenTarget, log: Log): () => Promise<void> {
  const over = new AbortController();
  const run = async (): Promise<void> => {
    for await (const { state } of target.state.watch(over.signal)) {
      if (state !== 'ready') continue;
      while (!over.signal.aborted && target.state.value.state === 'ready') {
        await sweepBin(target, new Date(cautiousNow()), log).catch((error: unknown) =>
          log.info({ err: error }, 'the bin could not be looked through'),
        );
        await pause(hourMs, over.signal);
      }
    }
  };
  const running = run();
  return async () => {
    over.abort();
    await running;
  };
}

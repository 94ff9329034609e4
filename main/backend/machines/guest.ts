import type { MachineDetail } from '../../contract/machine.ts';
import { KubeError } from '../target/kube-error.ts';
import type { KubeClient } from '../target/client.ts';
import { kinds, subresourcePath } from '../target/kinds.ts';
import { pickList, pickNumber, pickText } from '../target/pick.ts';

/** What the guest's agent tells; undefined when there is none. KubeVirt answers 500 for "no agent": that is no error. */
export async function readGuest(
  client: KubeClient,
  ref: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<MachineDetail['guest']> {
  const ask = async (name: string): Promise<unknown> => {
    try {
      const path = subresourcePath(kinds.virtualMachineInstances, ref, name);
      return await client.json('GET', path, { signal, timeoutMs: 10_000 });
    } catch (error) {
      if (error instanceof KubeError) return undefined;
      throw error;
    }
  };
  const info = await ask('guestosinfo');
  if (!info) return undefined;
  const [users, fileSystems] = await Promise.all([ask('userlist'), ask('filesystemlist')]);
  const text = (field: string, value: string | undefined) => (value ? { [field]: value } : {});
  return {
    ...text('agentVersion', pickText(info, 'guestAgentVersion')),
    ...text('hostname', pickText(info, 'hostname')),
    ...text('os', pickText(info, 'os', 'prettyName') ?? pickText(info, 'os', 'name')),
    ...text('kernel', pickText(info, 'os', 'kernelRelease')),
    users: pickList(users, 'items').flatMap((user) => pickText(user, 'userName') ?? []),
    fileSystems: pickList(fileSystems, 'items').map((each) => ({
      disk: pickText(each, 'diskName') ?? '',
      mountPoint: pickText(each, 'mountPoint') ?? '',
      type: pickText(each, 'fileSystemType') ?? '',
      used: pickNumber(each, 'usedBytes') ?? 0,
      total: pickNumber(each, 'totalBytes') ?? 0,
    })),
  };
}

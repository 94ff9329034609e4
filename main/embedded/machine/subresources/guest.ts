import { virtualMachineInstances } from '../../kube/resources.ts';
import type { Subresource, SubresourceAnswer, SubresourceRequest } from '../../kube/subresource.ts';
import { AgentError } from '../qemu/agent.ts';
import type { Machine } from '../qemu/machine.ts';
import { phaseOf } from '../spec.ts';
import { osInfo } from '../vmi/guest.ts';
import { fetchVmi, read } from './tools.ts';
import type { SubresourceTools } from './tools.ts';

const type = virtualMachineInstances;
type Ask = Parameters<Parameters<Machine['agent']>[0]>[0];

interface AgentFileSystem {
  name: string;
  mountpoint: string;
  type: string;
  'used-bytes'?: number;
  'total-bytes'?: number;
  disk?: { dev?: string; serial?: string; 'bus-type': string }[];
}

/** guestosinfo, userlist and filesystemlist: like KubeVirt's, plain text with code 500 when there is no agent. */
export function guestSubresources(tools: SubresourceTools): Subresource[] {
  const question = (name: string, ask: (agent: Ask) => Promise<unknown>) =>
    read(type, name, (request) => answer(tools, request, ask));
  return [
    question('guestosinfo', async (ask) => {
      const info = await ask<{ version: string; supported_commands: { name: string; enabled: boolean }[] }>(
        'guest-info',
      );
      const host = await ask<{ 'host-name': string }>('guest-get-host-name');
      const os = await ask<Record<string, string>>('guest-get-osinfo');
      const timezone = await ask<{ zone?: string; offset: number }>('guest-get-timezone');
      const disks = await fileSystems(ask);
      return {
        guestAgentVersion: info.version,
        supportedCommands: info.supported_commands.map(({ name, enabled }) => ({ name, enabled })),
        hostname: host['host-name'],
        os: osInfo(os),
        timezone: `${timezone.zone ?? 'UTC'}, ${timezone.offset}`,
        userList: (await users(ask)).slice(0, 10),
        fsInfo: { disks: disks.slice(0, 10) },
      };
    }),
    question('userlist', async (ask) => ({ metadata: {}, items: await users(ask) })),
    question('filesystemlist', async (ask) => ({ metadata: {}, items: await fileSystems(ask) })),
  ];
}

async function answer(
  tools: SubresourceTools,
  request: SubresourceRequest,
  ask: (agent: Ask) => Promise<unknown>,
): Promise<SubresourceAnswer> {
  const vmi = fetchVmi(tools, request);
  const machine = tools.fleet.get(vmi.metadata.uid);
  if (!machine || phaseOf(vmi) !== 'Running') return { code: 500, text: 'VMI is not running' };
  if (!machine.agentConnected) return { code: 500, text: 'VMI does not have guest agent connected' };
  try {
    return { code: 200, json: await machine.agent(ask) };
  } catch (error) {
    if (error instanceof AgentError) return { code: 500, text: error.message };
    throw error;
  }
}

async function users(ask: Ask) {
  const list = await ask<{ user: string; domain?: string; 'login-time': number }[]>('guest-get-users');
  return list.map(({ user, domain, 'login-time': loginTime }) => ({
    userName: user,
    ...(domain ? { domain } : {}),
    loginTime,
  }));
}

async function fileSystems(ask: Ask) {
  const list = await ask<AgentFileSystem[]>('guest-get-fsinfo');
  return list.map((fs) => ({
    diskName: fs.name,
    mountPoint: fs.mountpoint,
    fileSystemType: fs.type,
    usedBytes: fs['used-bytes'] ?? 0,
    totalBytes: fs['total-bytes'] ?? 0,
    disk: (fs.disk ?? []).map((disk) => ({
      ...(disk.serial ? { serial: disk.serial } : {}),
      busType: disk['bus-type'],
    })),
  }));
}

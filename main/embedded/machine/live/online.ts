import type { Log } from '../../kube/context.ts';
import { AgentError } from '../qemu/agent.ts';
import type { Machine } from '../qemu/machine.ts';

interface Vcpu {
  'logical-id': number;
  online: boolean;
}
interface Block {
  'phys-index': number;
  online: boolean;
}

/**
 * Many Linux systems leave new CPUs and memory blocks switched off until somebody says otherwise (a udev rule, mostly): the
 * guest agent is asked to switch them on. Guests without the agent do it themselves or by hand. `true` when it was asked
 * and everything is on.
 */
export async function switchOn(machine: Machine, log: Log): Promise<boolean> {
  if (!machine.agentConnected) return false;
  try {
    await machine.agent(async (ask) => {
      const cpus = (await ask<Vcpu[]>('guest-get-vcpus')).filter(({ online }) => !online);
      if (cpus.length > 0)
        await ask('guest-set-vcpus', {
          vcpus: cpus.map((cpu) => ({ 'logical-id': cpu['logical-id'], online: true })),
        });
      const blocks = (await ask<Block[]>('guest-get-memory-blocks')).filter(({ online }) => !online);
      if (blocks.length > 0)
        await ask('guest-set-memory-blocks', {
          'mem-blks': blocks.map((block) => ({ 'phys-index': block['phys-index'], online: true })),
        });
    });
    return true;
  } catch (error) {
    // Agents of other systems know no such questions; those systems need none.
    if (!(error instanceof AgentError)) throw error;
    log.debug({ err: error, vmi: machine.record.name }, 'new CPUs and memory could not be switched on by the agent');
    return false;
  }
}

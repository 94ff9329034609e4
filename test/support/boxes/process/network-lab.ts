import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTrial } from '../../../../main/backend/boxes/agent/network-trial.ts';
import type { BoxNetwork } from '../../../../main/contract/box/network.ts';
import type { AgentPlaces } from '../../../../main/backend/boxes/agent/places.ts';
import { silentLog } from '../silent-log.ts';
import type { BoxProcess } from './box-process.ts';
import { layWire } from './wire.ts';
import type { Wire } from './wire.ts';

/** What the box has by DHCP. */
export const given = '127.0.0.2';

/**
 * The network of a box, with the agent's own trial in it: whoever reaches the box at an address goes over a cable of its own,
 * and a network that is tried pulls the former one. `secondMs`: how long a second of the trial is.
 */
export async function networkLab(box: BoxProcess, port: number, options: { fixed: string; secondMs: () => number; keepsFormer?: () => boolean }) {
  const { agent } = box;
  const wires: Record<string, Wire> = {
    [given]: await layWire(given, port, box.port),
    [options.fixed]: await layWire(options.fixed, port, box.port, false),
  };
  let current: BoxNetwork = { addressing: { method: 'dhcp' } };
  const card = (address: string) => ({ interface: 'eth0', kind: 'ethernet' as const, mac: '52:54:00:12:34:56', address, link: true });
  const addressOf = ({ addressing }: BoxNetwork): string => (addressing.method === 'static' ? addressing.address.replace(/\/.*$/, '') : given);
  const apply = async (network: BoxNetwork): Promise<void> => {
    const now = addressOf(network);
    const both = options.keepsFormer?.() === true;
    for (const [host, wire] of Object.entries(wires)) await wire.plug(host === now || both);
    agent.set({ addresses: [card(now)] });
  };
  await apply(current);
  const folder = await mkdtemp(join(tmpdir(), 'hearth-trial-'));
  const open = () => createTrial({
    places: { trial: join(folder, 'trial.json') } as AgentPlaces,
    log: silentLog,
    second: options.secondMs(),
    apply,
    current: () => current,
    async hold(network) {
      current = network;
      agent.set({ network: { current: { addressing: network.addressing } } });
    },
    tell({ trial: running, problem }) {
      agent.set({
        network: { current: { addressing: current.addressing }, ...(running && { trial: running }) },
        problem: problem === 'none' ? undefined : problem,
      });
    },
  });
  let trial = open();
  agent.script.network = ({ network }) => {
    // A second of another length is another trial.
    if (!agent.state.network.trial) {
      trial.close();
      trial = open();
    }
    return trial.start(network);
  };
  agent.script['keep-network'] = ({ trial: id }) => trial.keep(id);
  return {
    async close() {
      trial.close();
      for (const wire of Object.values(wires)) await wire.close();
    },
  };
} // prettier-ignore

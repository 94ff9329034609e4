import type { Api } from '../../../main/contract/contract.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { WhyChain } from '../../../main/contract/why.ts';

/** What is in the way of the preview's machines. */
export function fakeChains(row: MachineRow): WhyChain[] {
  const { name, namespace, status, why = '' } = row;
  const machine = { object: `VirtualMachine ${name}`, says: `It should always run; it is ${status}.` };
  if (status === 'Provisioning')
    return [
      {
        cause: 'importing', title: 'Its disk is being made', tone: 'wait', short: why, progress: 0.62, since: row.createdAt,
        steps: [machine, { object: `DataVolume ${name}-root`, says: why }], cures: [],
      },
    ]; // prettier-ignore
  return [
    {
      cause: 'not-enough-memory', title: 'There is not enough free memory', tone: 'problem', short: why,
      steps: [
        machine,
        { object: `VirtualMachineInstance ${name}`, says: 'The machine needs 16.4 GiB (16 GiB guest + 0.4 GiB QEMU); 3.1 GiB of 14 GiB for machines are free.' },
        { object: 'Node a-computer-with-a-rather-long-name.home.arpa', says: '14 GiB of memory for machines.' },
      ],
      cures: [
        { label: 'Shut down media', asks: 'media is asked to shut down. It stays off until it is started again.', action: { type: 'stopMachine', machine: { namespace, name: 'media' } } },
        { label: 'Give it 2.5 GiB', detail: 'Instead of 16 GiB; it is started with that.', action: { type: 'setMemory', memory: 2560 * 2 ** 20 } },
        { label: 'Show how to install it', action: { type: 'commands', commands: ['sudo apt-get install qemu-system-x86'] } },
        { label: 'Make the secret seed', action: { type: 'createSecret', secret: 'seed', key: 'userdata', text: '' }, input: { label: 'cloud-init user data', initial: '#cloud-config\n' } },
        { label: 'Look at the events', action: { type: 'page', to: `/machines/${namespace}/${name}/events` } },
      ],
    },
    {
      cause: 'port-taken', title: 'A port that leads to it is taken', tone: 'warning', short: 'TCP port 8080 is in use.',
      steps: [machine, { object: `Service ${name}-tcp-80`, says: 'TCP port 8080 on 127.0.0.1 could not be opened. Another program on this computer uses it.' }],
      cures: [{ label: 'Use the next free port', action: { type: 'changePort', service: `${name}-tcp-80`, hostPort: 8080, protocol: 'TCP' } }],
    },
  ]; // prettier-ignore
}

export const fakeWhy = (): Api['why'] => ({ cure: async () => ({ said: 'It is done.' }) });

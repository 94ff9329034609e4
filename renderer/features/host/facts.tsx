import type { HostFacts } from '../../../main/contract/host.ts';
import { bytes } from '../../lib/format.ts';
import { KeyValue } from '../../ui/key-value.tsx';
import { t } from './text.ts';

/** What this computer is, in one short list. */
export function Facts({ facts }: { facts: HostFacts }) {
  const { cpu, memory, dataDisk, os, hypervisor, qemu, network } = facts;
  const up = network.filter((each) => each.up && each.addresses.length > 0 && each.kind !== 'virtual');
  return (
    <KeyValue
      columns={2}
      items={[
        { label: t('fact.name'), value: facts.hostname },
        { label: t('fact.os'), value: `${os.name} ${os.version}` },
        { label: t('fact.cpu'), value: `${cpu.model}, ${t('fact.cores', { cores: cpu.cores, threads: cpu.threads })}` },
        {
          label: t('fact.memory'),
          value: t('fact.memoryFree', { free: bytes(memory.available), total: bytes(memory.total) }),
        },
        {
          label: t('fact.disk'),
          value: t('fact.diskFree', {
            free: bytes(dataDisk.free),
            total: bytes(dataDisk.total),
            fs: dataDisk.fileSystem,
          }),
        },
        { label: t('fact.qemu'), value: qemu[0]?.version ?? t('fact.none') },
        {
          label: t('fact.network'),
          value: up.map((each) => `${each.name} ${each.addresses[0] ?? ''}`).join(', ') || t('fact.offline'),
        },
        ...(hypervisor.present ? [{ label: t('fact.inside'), value: hypervisor.name }] : []),
      ]}
    />
  );
}

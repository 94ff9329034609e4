import type { ForeignPreview } from '../../../main/contract/foreign.ts';
import { emptyDraft } from './draft.ts';
import type { Draft } from './draft.ts';

/** The form filled in with a machine that another program described. Pure. */
export function draftFrom({ machine, input, disks }: ForeignPreview): Draft {
  const { source, size, rootDisk, network } = input;
  return {
    ...emptyDraft,
    name: input.name,
    nameTouched: true,
    namespace: input.namespace ?? emptyDraft.namespace,
    description: input.description ?? '',
    source: source.type,
    ...(source.type !== 'blank' && { image: source.image }),
    size: 'free',
    ...(size.type === 'free' && {
      sockets: String(size.sockets),
      cores: String(size.cores),
      threads: String(size.threads),
      memory: size.memory,
    }),
    preference: input.preference ?? '',
    firmware: input.firmware ?? emptyDraft.firmware,
    tpm: input.tpm ?? emptyDraft.tpm,
    sound: input.sound ?? emptyDraft.sound,
    start: input.start ?? emptyDraft.start,
    rootBus: rootDisk?.bus ?? emptyDraft.rootBus,
    ...(rootDisk?.size !== undefined && { rootSize: rootDisk.size }),
    extraDisks: (input.extraDisks ?? []).map(({ name, size: bytes, bus, image }) => ({ name, size: bytes, bus, ...(image && { image }) })), // prettier-ignore
    podNetwork: network?.podNetwork ?? true,
    model: network?.model ?? emptyDraft.model,
    mac: network?.mac ?? '',
    // Its system is set up already: nothing is written for these cards, whether addresses are given out on them or not.
    nics: (network?.others ?? []).map((nic) => ({ network: nic.network, model: nic.model ?? 'virtio', mac: nic.mac ?? '', gives: false })), // prettier-ignore
    cloudInit: 'none',
    full: true,
    from: machine.name,
    missing: disks.filter(({ image }) => image === undefined).map(({ slot, file }) => file ?? slot),
  };
}

import type { EngineContext } from '../kube/context.ts';
import { lacksOf, systemOf } from '../machine/platform.ts';
import { findTpmPrograms, tpmPackages } from '../machine/tpm/program.ts';

interface Said {
  supported: boolean;
  /** In plain words; both belong to a no. */
  reason?: string;
  remedy?: string;
}

const passthrough: Said = {
  supported: false,
  reason: 'The Quick lab gives no devices of this computer to its machines.',
  remedy: 'Use KubeVirt on this computer. Settings, Devices, shows for each device what would be needed.',
};

/**
 * What the engine can and cannot do where probing it as a KubeVirt would conclude something else. Clients read it from the
 * annotation `hearth.dev/capabilities` of the KubeVirt object; ids are those of Hearth's capability matrix. What follows
 * from a served API group, a feature gate or the Node needs no line here. Whoever makes a thing work takes its
 * line away or turns it round.
 */
const said = ({ config }: EngineContext): Readonly<Record<string, Said>> => ({
  // KubeVirt resizes a running machine by moving it to another node; here it is done in place.
  liveCpu: { supported: true },
  liveMemory: { supported: true },
  // Cards are plugged in and moved in place; KubeVirt needs a migration or a further controller.
  liveNetworks: { supported: true },
  // The switch between machines loses, delays and slows what the annotation hearth.dev/faults asks for.
  networkFaults: { supported: true },
  lanBridge: {
    supported: false,
    reason:
      'Machines of the Quick lab cannot join the network of your home: a bridge on this computer takes an administrator, and Hearth runs without.',
    remedy:
      'Forward single ports, or install the appliance (KubeVirt) on a computer that has a bridge on its network card and name that bridge in a network.',
  },
  secureBoot: config.firmware.ovmfCodeSecure
    ? { supported: true }
    : {
        supported: false,
        reason: 'The UEFI firmware for Secure Boot is not installed on this computer.',
        remedy: 'Install it (the package is called ovmf on Debian and Ubuntu, edk2-ovmf on Fedora), or choose UEFI.',
      },
  memorySnapshots: { supported: true },
  fullClones: { supported: true },
  // The TPM and the UEFI variables go along with clones and exports.
  machineState: { supported: true },
  // After a power cut: the annotations hearth.dev/start-order and hearth.dev/start-delay.
  startOrder: { supported: true },
  vtpm: (config.tpm ? config.tpm() : findTpmPrograms())
    ? { supported: true }
    : {
        supported: false,
        reason: 'The TPM emulator swtpm is not installed on this computer.',
        remedy: `${tpmPackages}, and open Hearth again.`,
      },
  quotas: {
    supported: false,
    reason: 'The Quick lab keeps no quotas.',
    remedy: 'What a machine may have is what this computer has: stop another machine, or make this one smaller.',
  },
  clusterSettings: {
    supported: false,
    reason: 'The KubeVirt object of the Quick lab only tells what it is; nothing of it can be changed.',
    remedy: 'Its own settings are on the page Settings.',
  },
  usbDevices: passthrough,
  pciDevices: passthrough,
});

/** The annotation's text. */
export const announcedCapabilities = (context: EngineContext): string => {
  const lacks = Object.entries(lacksOf(systemOf(context.config)));
  return JSON.stringify({
    ...said(context),
    ...Object.fromEntries(lacks.map(([id, lack]) => [id, { supported: false, ...lack }])),
  });
};

/** Feature gates that the KubeVirt object names: those of alpha features that the engine has. */
export const featureGates: readonly string[] = [];

import { options } from './options.ts';
import type { MachinePlan } from './plan.ts';

/** Devices that few machines have: a TPM and a sound card. */
export function extras({ tpm, sound, files, machine }: MachinePlan): string[] {
  return [
    ...(tpm
      ? [
          '-chardev', options('socket', { id: 'tpmchr0', path: files.tpm }),
          '-tpmdev', 'emulator,id=tpmdev0,chardev=tpmchr0',
          // The interface that KubeVirt gives PCs; Windows and Linux since 4.x know it. ARM machines have the other.
          '-device', `${machine === 'virt' ? 'tpm-tis-device' : 'tpm-crb'},tpmdev=tpmdev0,id=tpm0`,
        ] // prettier-ignore
      : []),
    // As on KubeVirt the guest has a sound card, and what it plays is heard nowhere: VNC carries no sound there either.
    ...(sound ? ['-audiodev', 'none,id=snd0'] : []),
    ...(sound === 'ac97' ? ['-device', 'AC97,id=sound0,audiodev=snd0'] : []),
    ...(sound === 'ich9'
      ? ['-device', 'ich9-intel-hda,id=sound0', '-device', 'hda-duplex,bus=sound0.0,audiodev=snd0']
      : []),
  ];
}

/** The few things most own types and preferences say; the rest is for YAML. */
export interface TypeForm {
  name: string;
  namespace: string;
  cpus: number | undefined;
  memory: number | undefined;
  diskBus: '' | 'virtio' | 'sata' | 'scsi';
  network: '' | 'virtio' | 'e1000e';
  firmware: '' | 'bios' | 'uefi' | 'secure';
  tpm: boolean;
  pointer: boolean;
}

#!/bin/sh
# Run by mmdebstrap before the kernel is unpacked: before.sh ROOT. What the initial ramdisk shall have.
set -eu
root=$1
mkdir -p "$root/etc/initramfs-tools/conf.d" "$root/usr/share/initramfs-tools/modules.d"
echo 'MODULES=list' >"$root/etc/initramfs-tools/conf.d/hearth-test"
printf '%s\n' virtio_pci virtio_blk virtio_scsi sd_mod ext4 >"$root/usr/share/initramfs-tools/modules.d/hearth-test"

#!/bin/sh
# Run by mmdebstrap when the packages are in: setup.sh ROOT. Makes the tree what Debian's own cloud images are: nobody's
# yet, set up by cloud-init alone.
set -eu
root=$1

echo localhost >"$root/etc/hostname"
printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
printf 'LABEL=debian / ext4 rw,errors=remount-ro 0 1\nLABEL=ESP /boot/efi vfat umask=0077 0 0\n' >"$root/etc/fstab"
echo 'Etc/UTC' >"$root/etc/timezone"
mkdir -p "$root/boot/efi" "$root/boot/grub"
cat >"$root/boot/grub/grub.cfg" <<END
set timeout=0
linux /vmlinuz root=LABEL=debian ro console=tty0 console=ttyS0,115200
initrd /initrd.img
boot
END
# What every machine has; else cloud-init would fail to set one that was not generated.
echo LANG=C.UTF-8 >"$root/etc/default/locale"
# No two machines share what a first boot makes.
: >"$root/etc/machine-id"
rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed"
rm -f "$root/etc/resolv.conf"
ln -s ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

sys() { systemctl --root "$root" "$@" >/dev/null 2>&1; }
sys enable systemd-networkd.service systemd-resolved.service ssh.service
# They would only take time from the tests.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer e2scrub_reap.service man-db.timer logrotate.timer; do
  sys disable "$unit" || true
done
mkdir -p "$root/var/log/journal"

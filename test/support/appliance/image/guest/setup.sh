#!/bin/sh
# Run by mmdebstrap when the packages are in: setup.sh ROOT. Makes the tree a small box with one user and a fast boot.
set -eu
root=$1

echo hearth-guest >"$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 hearth-guest\n' >"$root/etc/hosts"
printf 'nameserver 10.0.2.3\n' >"$root/etc/resolv.conf"
: >"$root/etc/fstab"
echo 'Etc/UTC' >"$root/etc/timezone"

# Ada: an ordinary user who may use sudo with her password.
chroot "$root" useradd --create-home --shell /bin/bash --groups sudo,systemd-journal "$HEARTH_GUEST_USER"
printf '%s:%s\n' "$HEARTH_GUEST_USER" "$HEARTH_GUEST_PASSWORD" | chroot "$root" chpasswd

# The tests' own way in: root by key, over a network of its own.
mkdir -p "$root/root/.ssh"
chmod 700 "$root/root/.ssh"
cp "$HEARTH_GUEST_KEY" "$root/root/.ssh/authorized_keys"
chmod 600 "$root/root/.ssh/authorized_keys"
printf 'UseDNS no\nPrintMotd no\nAcceptEnv none\n' >"$root/etc/ssh/sshd_config.d/hearth-test.conf"
chroot "$root" ssh-keygen -q -A

# eth0: the way out. eth1: another network, off until a test asks for it. eth2: the tests' own way in, without a route.
mkdir -p "$root/etc/systemd/network"
cat >"$root/etc/systemd/network/10-eth0.network" <<END
[Match]
Name=eth0
[Network]
Address=10.0.2.15/24
Gateway=10.0.2.2
LinkLocalAddressing=no
IPv6AcceptRA=no
END
cat >"$root/etc/systemd/network/10-eth2.network" <<END
[Match]
Name=eth2
[Network]
Address=192.168.253.15/24
LinkLocalAddressing=no
IPv6AcceptRA=no
END

sys() { systemctl --root "$root" "$@" >/dev/null 2>&1; }
sys enable systemd-networkd.service ssh.service serial-getty@ttyS0.service
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer e2scrub_reap.service \
  man-db.timer logrotate.timer systemd-pstore.service systemd-networkd-wait-online.service getty@tty1.service; do
  sys disable "$unit" || true
done
for unit in systemd-firstboot.service systemd-update-utmp.service systemd-update-utmp-runlevel.service \
  systemd-binfmt.service proc-sys-fs-binfmt_misc.automount systemd-tmpfiles-clean.timer systemd-random-seed.service \
  sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount \
  systemd-ask-password-console.path systemd-ask-password-wall.path; do
  sys mask "$unit"
done
# A system that thinks it was just installed would rebuild its catalogues at the first boot.
head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$root/etc/machine-id"
echo >>"$root/etc/machine-id"
touch "$root/etc/.updated" "$root/var/.updated"

# The journal outlives a power cut, as on most boxes.
mkdir -p "$root/var/log/journal"
mkdir -p "$root/etc/systemd/journald.conf.d"
printf '[Journal]\nStorage=persistent\nSystemMaxUse=64M\n' >"$root/etc/systemd/journald.conf.d/hearth-test.conf"

# Node for the stand-in of k3s.
mkdir -p "$root/opt/hearth-test"
cp "$HEARTH_GUEST_NODE" "$root/opt/hearth-test/node"
chmod 755 "$root/opt/hearth-test/node"

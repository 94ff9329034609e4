#!/bin/sh
# Runs as root inside the new system, once its packages and the files of tree/ are there. Network is not used.
set -eu
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
files=$1 # folder with initramfs/ and grub modules' list

# --- Who there is ---------------------------------------------------------------------------------------------------
# Numbers are fixed: files on a box's disk outlive the version of the system that made them.
groupadd --system --gid 980 hearth
useradd --system --uid 980 --gid 980 --home-dir /var/lib/hearth/app --no-create-home --shell /usr/sbin/nologin hearth
usermod --append --groups kvm,systemd-journal hearth
useradd --uid 1000 --user-group --create-home --shell /bin/bash admin
usermod --append --groups sudo,systemd-journal admin
passwd --quiet --lock admin
passwd --quiet --lock root
install -d -m 0700 -o admin -g admin /home/admin/.ssh

# --- What starts ----------------------------------------------------------------------------------------------------
systemctl --quiet enable hearth-agent.service hearth.service nftables.service NetworkManager.service avahi-daemon.service
systemctl --quiet disable ssh.service ssh.socket smartmontools.service grub-common.service e2scrub_reap.service 2>/dev/null || :
systemctl --quiet set-default multi-user.target
systemctl --quiet mask getty@tty1.service
systemctl --quiet enable getty@tty2.service
# A box is updated as a whole: nothing is fetched behind its back, and caches were made when it was built.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer man-db.timer \
	ldconfig.service systemd-hwdb-update.service systemd-journal-catalog-update.service systemd-update-done.service \
	systemd-firstboot.service grub-common.service rpcbind.service rpcbind.socket nvmf-autoconnect.service; do
	ln -sf /dev/null "/etc/systemd/system/$unit"
done
# Every service has a unit; scripts of old would be looked through at every start and change.
rm -f /etc/init.d/* /etc/rc?.d/*
# Nothing is mounted, unlocked, swapped to or listened at because of what is found on some disk or machine.
mkdir -p /etc/systemd/system-generators
for generator in gpt-auto hibernate-resume ssh tpm2 cryptsetup veritysetup integritysetup sysv; do
	ln -sf /dev/null "/etc/systemd/system-generators/systemd-$generator-generator"
done
chmod 0440 /etc/sudoers.d/hearth
visudo -cqf /etc/sudoers

# --- Languages, keyboard, clock -----------------------------------------------------------------------------------------
for locale in en_US en_GB de_DE fr_FR es_ES it_IT nl_NL pl_PL pt_BR sv_SE cs_CZ; do
	echo "$locale.UTF-8 UTF-8"
done >/etc/locale.gen
locale-gen >/dev/null
echo 'LANG=C.UTF-8' >/etc/default/locale
echo 'LANG=C.UTF-8' >/etc/locale.conf
ln -sf /usr/share/zoneinfo/UTC /etc/localtime
# The kernel's own font has the blocks that QR codes are drawn with; another one is not loaded.
printf 'ACTIVE_CONSOLES="/dev/tty[1-6]"\nCHARMAP="UTF-8"\nCODESET="guess"\nFONTFACE=""\nFONTSIZE=""\n' >/etc/default/console-setup
ln -sf /dev/null /etc/systemd/system/console-setup.service
mkdir -p /etc/udev/rules.d
ln -sf /dev/null /etc/udev/rules.d/90-console-setup.rules
rm -f /etc/console-setup/cached_setup_font.sh
mkdir -p /etc/selinux
echo 'SELINUX=disabled' >/etc/selinux/config
echo hearth >/etc/hostname
printf '127.0.0.1\tlocalhost\n127.0.1.1\thearth\n::1\tlocalhost ip6-localhost ip6-loopback\n' >/etc/hosts
echo '# The system is one file; what is mounted beside it is decided by its initrd.' >/etc/fstab

# --- The start --------------------------------------------------------------------------------------------------------
install -m 0644 "$files/initramfs/hearth" "$files/initramfs/hearth-check" "$files/initramfs/hearth-reset" /etc/initramfs-tools/scripts/
install -m 0755 "$files/initramfs/hook" /etc/initramfs-tools/hooks/hearth
install -m 0644 "$files/initramfs/conf" /etc/initramfs-tools/conf.d/hearth
# Every processor's microcode, not only that of the computer this is built on.
printf 'IUCODE_TOOL_INITRAMFS=early\nIUCODE_TOOL_SCANCPUS=no\n' >/etc/default/intel-microcode
printf 'AMD64UCODE_INITRAMFS=early\n' >/etc/default/amd64-microcode
kernel=$(basename "$(echo /lib/modules/*)")
[ -d "/lib/modules/$kernel" ]
rm -f /boot/initrd.img*
mkinitramfs -o /boot/initrd.img "$kernel"
mv "/boot/vmlinuz-$kernel" /boot/vmlinuz
rm -f /boot/System.map-* /boot/config-* /boot/*.old /vmlinuz* /initrd.img*

# GRUB for computers without UEFI. `(,gpt1)`: the first partition of the very drive the firmware started.
modules='biosdisk part_gpt fat normal configfile linux echo test serial terminal loadenv probe search reboot halt sleep minicmd'
mkdir -p /usr/share/hearth/boot
for kind in stick disk; do
	# shellcheck disable=SC2086
	grub-mkimage -O i386-pc -p '(,gpt1)/boot/grub' -o "/usr/share/hearth/boot/core-$kind.img" $modules
done
cp /usr/lib/grub/i386-pc/boot.img /usr/share/hearth/boot/boot.img
cp /usr/lib/shim/shimx64.efi.signed /usr/share/hearth/boot/BOOTX64.EFI
cp /usr/lib/shim/mmx64.efi.signed /usr/share/hearth/boot/mmx64.efi
cp /usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed /usr/share/hearth/boot/grubx64.efi
echo "$kernel" >/usr/share/hearth/kernel

# --- What is left out ---------------------------------------------------------------------------------------------------
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id /var/log/*.log /var/log/apt/* /etc/resolv.conf
# Empty, not missing: made anew on every box, and without what systemd does on a "first boot".
: >/etc/machine-id
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/lib/grub /usr/share/doc/* /usr/share/man/* /usr/share/info/* \
	/usr/share/i18n/charmaps /usr/lib/firmware/ath11k/WCN6750 /usr/lib/firmware/ath10k/WCN3990 /var/cache/debconf/*-old \
	/var/lib/dpkg/*-old
mkdir -p /var/log/journal /usr/share/hearth/keys /usr/lib/hearth
# Whoever asks "does /etc fit /usr" is told yes.
touch /etc/.updated /var/.updated

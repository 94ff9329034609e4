#!/bin/sh
# Builds a room for the root helper: a small system of its own on tmpfs, in namespaces of its own, with the programs of this
# computer and stand-ins for those that would change its kernel or its services. Run as: room.sh enter STAND-INS SHARED
# (inside of fresh namespaces), or room.sh furnish (inside of the room: everything as new).
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022

furnish() {
  # What follows would end a computer. The root of a room, and of nothing else, is a tmpfs called "room".
  root=
  while read -r device point _; do [ "$point" != / ] || root=$device; done </proc/self/mounts
  [ "$root" = room ] || { echo 'this is no room' >&2; exit 9; }
  while read -r _ point _; do
    case $point in /run/* | /var/* | /usr/local/* | /etc/* | /opt/* | /srv/*) printf '%s\n' "$point" ;; *) ;; esac
  done </proc/self/mounts | sort -r | while read -r point; do umount -l "$point"; done
  # shellcheck disable=SC2114
  rm -rf /etc /opt /srv /home /usr/local /var /run /tmp /sys /lab/state /lab/mine /lab/calls
  mkdir -p /etc/systemd/system/multi-user.target.wants /etc/sysctl.d /etc/modules-load.d /etc/apparmor.d/local /opt /srv \
    /home /usr/local/bin /usr/local/lib /var/lib /var/log /var/tmp /run/netns /run/mount /run/systemd /tmp /lab/state/units /lab/state/lvm
  mkdir -p /sys/class/net/lo /sys/class/net/eth0 /sys/class/block
  for name in veth tun kvm loop; do mkdir -p "/sys/module/$name" && echo 1 >"/sys/module/$name/refcnt"; done
  chmod 1777 /tmp /var/tmp
  [ ! -d /lab/alternatives ] || ln -s /lab/alternatives /etc/alternatives
  printf 'root:x:0:0:root:/root:/bin/sh\nperson:x:1000:1000::/home/person:/bin/sh\n' >/etc/passwd
  printf 'root:x:0:\nkvm:x:104:other\nperson:x:1000:\n' >/etc/group
  printf 'root:*:::\nkvm:!::other\nperson:!::\n' >/etc/gshadow
  printf 'passwd: files\ngroup: files\n' >/etc/nsswitch.conf
  printf 'a file of somebody else\n' >/etc/sysctl.d/10-other.conf
  printf 'a service of somebody else\n' >/etc/systemd/system/other.service
  ln -s ../other.service /etc/systemd/system/multi-user.target.wants/other.service
  printf '# local rules\n' >/etc/apparmor.d/local/usr.sbin.libvirtd
  printf 'secret\n' >/var/lib/secret && chmod 600 /var/lib/secret
  cat >/lab/state/iptables <<'RULES'
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:DOCKER - [0:0]
-A INPUT -p tcp -m comment --comment "not ours: -j KUBE-SERVICES flannel" -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
COMMIT
RULES
  cp /lab/state/iptables /lab/state/ip6tables
  echo 'inactive' >/lab/state/ufw.status
  : >/lab/state/ufw
  : >/lab/state/firewalld.permanent
  : >/lab/state/firewalld.runtime
  : >/lab/calls
  set_kernel fs/inotify/max_user_instances 128
  set_kernel fs/inotify/max_user_watches 65536
  set_kernel net/ipv4/ip_forward 0
  set_kernel kernel/panic 0
  set_kernel kernel/panic_on_oops 0
  set_kernel kernel/keys/root_maxkeys 1000000
  set_kernel vm/overcommit_memory 0
  set_kernel vm/max_map_count 65530
}
set_kernel() {
  mkdir -p "/proc/sys/${1%/*}"
  echo "$2" >"/proc/sys/$1"
}

case $1 in
  furnish) furnish ;;
  enter)
    read -r pid _ </proc/self/stat
    room=$(mktemp -d /tmp/hearth-room.XXXXXX)
    mount -t tmpfs -o mode=0755,size=4g room "$room"
    mkdir -p "$room/usr/sbin" "$room/proc" "$room/dev" "$room/lab/sbin" "$room/lab/shared" "$room/lab/stand-ins" "$room/root"
    for name in bin lib lib32 lib64 libexec; do
      [ -d "/usr/$name" ] || continue
      mkdir "$room/usr/$name"
      mount --rbind "/usr/$name" "$room/usr/$name"
    done
    for name in bin lib lib32 lib64; do
      if [ -L "/$name" ]; then ln -s "usr/$name" "$room/$name"; elif [ -d "/$name" ]; then
        mkdir "$room/$name"
        mount --rbind "/$name" "$room/$name"
      fi
    done
    ln -s usr/sbin "$room/sbin"
    mount --bind /usr/sbin "$room/lab/sbin"
    # Debian's awk and others are links into this folder.
    if [ -d /etc/alternatives ]; then mkdir "$room/lab/alternatives" && mount --bind /etc/alternatives "$room/lab/alternatives"; fi
    mount --bind "$2" "$room/lab/stand-ins"
    mount --bind "$3" "$room/lab/shared"
    for file in /usr/sbin/*; do ln -s "/lab/sbin/${file##*/}" "$room/usr/sbin/${file##*/}"; done
    for file in "$2"/*.sh; do
      name=${file##*/}
      name=${name%.sh}
      case $name in
        lvm) aliases='pvcreate vgcreate lvcreate vgs pvs lvs vgchange vgremove pvremove losetup' ;;
        iptables) aliases='iptables-save iptables-restore ip6tables-save ip6tables-restore' ;;
        mine) continue ;;
        *) aliases=$name ;;
      esac
      for alias in $aliases; do ln -sf "/lab/stand-ins/${file##*/}" "$room/usr/sbin/$alias"; done
    done
    for name in null zero full urandom; do
      : >"$room/dev/$name"
      mount --bind "/dev/$name" "$room/dev/$name"
    done
    mount -t proc proc "$room/proc"
    mount -t tmpfs -o mode=0755 kernel "$room/proc/sys"
    cp "$0" "$room/lab/room.sh"
    chroot "$room" /bin/sh /lab/room.sh furnish
    # Everything that is run in the room goes through this, which the computer outside does not have.
    printf '#!/bin/sh\nexec "$@"\n' >"$room/lab/inside"
    chmod 755 "$room/lab/inside"
    # shellcheck disable=SC2016
    # The room ends with whoever holds its standard input.
    exec chroot "$room" /bin/sh -c 'echo "ready $1"; while read -r _; do :; done' sh "$pid"
    ;;
  *) exit 2 ;;
esac

#!/bin/sh
# Stands in for the LVM tools and losetup, which need a device mapper: one loop device, one volume group.
umask 022
echo "${0##*/} $*" >>/lab/calls
cd /lab/state/lvm || exit 1
for last in "$@"; do :; done
case ${0##*/} in
  losetup)
    case $1 in
      -f) echo "$last" >loop ;;
      -d) rm -f loop ;;
      -n) [ ! -f loop ] || [ "$(cat loop)" != "$last" ] || echo /dev/loop0 ;;
    esac
    ;;
  pvcreate) echo "$last" >pv ;;
  vgcreate) [ -f pv ] || exit 5; echo "$last" >vg ;;
  lvcreate) [ -f vg ] || exit 5; echo pool >lv ;;
  vgs) [ -f vg ] && echo '  hearth' ;;
  pvs) case $* in *vg_name=*) [ ! -f vg ] || echo "  $(cat vg)" ;; *) [ -f pv ] && [ "$(cat pv)" = "$last" ] ;; esac ;;
  lvs) [ -f lv ] && echo '  pool' ;;
  vgchange) [ -f vg ] ;;
  vgremove) rm -f vg lv ;;
  pvremove) rm -f pv ;;
esac

#!/bin/sh
# Stands in for modprobe: modules are folders of the room's /sys/module.
umask 022
echo "modprobe $*" >>/lab/calls
case $1 in
  -r) rm -rf "/sys/module/$2" ;;
  nosuch*) echo "modprobe: FATAL: Module $1 not found." >&2; exit 1 ;;
  *) mkdir -p "/sys/module/$1" && echo 0 >"/sys/module/$1/refcnt" ;;
esac

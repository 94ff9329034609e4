#!/bin/sh
# Stands in for ip: links are folders of the room's /sys/class/net.
umask 022
echo "ip $*" >>/lab/calls
cd /sys/class/net || exit 1
case "$*" in
  '-o link show')
    at=0
    for link in *; do
      at=$((at + 1)) master=
      [ ! -f "$link/master" ] || master="master $(cat "$link/master") "
      name=$link
      case $link in veth*) name=$link@if2 ;; esac
      echo "$at: $name: <BROADCAST,UP> mtu 1450 qdisc noqueue ${master}state UP mode DEFAULT"
    done
    ;;
  'link show '*) [ -d "$3" ] ;;
  'link delete '*) rm -r "$3" ;;
  *) exit 1 ;;
esac

#!/bin/sh
# Stands in for firewall-cmd: two lists of sources in the trusted zone.
umask 022
echo "firewall-cmd $*" >>/lab/calls
list=/lab/state/firewalld.runtime
for word in "$@"; do
  case $word in
    --permanent) list=/lab/state/firewalld.permanent ;;
    --query-source=*) grep -qxF "${word#*=}" "$list" ;;
    --add-source=*) echo "${word#*=}" >>"$list" ;;
    --remove-source=*) grep -vxF "${word#*=}" "$list" >"$list.new"; mv "$list.new" "$list" ;;
  esac
done

#!/bin/sh
# Stands in for ufw: a list of added rules, as "ufw show added" prints them.
umask 022
echo "ufw $*" >>/lab/calls
list=/lab/state/ufw
add() { grep -qxF "$1" "$list" || echo "$1" >>"$list"; }
drop() { grep -vxF "$1" "$list" >"$list.new"; mv "$list.new" "$list"; }
case "$*" in
  'show added') echo "Added user rules (see 'ufw status' for running firewall):"; cat "$list" ;;
  'allow from '*) add "ufw allow from $3" ;;
  'route allow from '*) add "ufw route allow from $4" ;;
  'delete allow from '*) drop "ufw allow from $4" ;;
  'route delete allow from '*) drop "ufw route allow from $5" ;;
  *) echo "ERROR: Invalid syntax" >&2; exit 1 ;;
esac

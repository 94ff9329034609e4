#!/bin/sh
# Stands in for iptables-save and iptables-restore --noflush, on a text in the format of iptables-save.
umask 022
name=${0##*/}
state=/lab/state/${name%-*}
case $name in
  *-save) cat "$state" ;;
  *-restore)
    case " $* " in *' --noflush '*) ;; *) echo 'the stand-in only knows --noflush' >&2; exit 2 ;; esac
    cat >/lab/state/change
    awk '
      function fail(why) { print why > "/dev/stderr"; bad = 1; exit 1 }
      FNR == NR {
        if (/^\*/) table = $0
        else if (/^:/) { name = substr($1, 2); flush[table, name] = 1 }
        else if (/^-D /) drop[table, "-A" substr($0, 3)] = 1
        else if (/^-X /) chain[table, $2] = 1
        else if (!/^COMMIT/) fail("bad line " $0)
        next
      }
      /^\*/ { table = $0 }
      /^:/ && ((table, substr($1, 2)) in chain) { next }
      /^-A / && ((table, $2) in flush) { next }
      /^-A / && ((table, $0) in drop) { delete drop[table, $0]; next }
      { print }
      END { for (left in drop) if (!bad) { print "no such rule" > "/dev/stderr"; exit 1 } }' /lab/state/change "$state" >"$state.new" ||
      exit 1
    mv "$state.new" "$state"
    rm /lab/state/change
    ;;
esac

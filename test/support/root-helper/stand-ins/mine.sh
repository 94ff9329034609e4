#!/bin/sh
# In front of a program of the system: counts the calls, and at the one that a test chose ends the whole process group the
# hard way, before (even) or after (odd) the program has done its work.
if [ -f /lab/mine ]; then
  read -r at </lab/mine
  count=0
  [ ! -f /lab/mine.count ] || read -r count </lab/mine.count
  count=$((count + 1))
  echo $count >/lab/mine.count
  if [ $count = "$at" ]; then
    rm /lab/mine
    [ $((at % 2)) = 0 ] || /usr/bin/"${0##*/}" "$@"
    kill -9 0
  fi
fi
exec /usr/bin/"${0##*/}" "$@"

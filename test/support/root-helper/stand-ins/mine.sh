#!/bin/sh
# In front of a program of the system: counts the calls, and at the one that a test chose ends the whole process group the
# hard way, before (even) or after (odd) the program has done its work.
if [ -f /lab/mine ]; then
  read -r at </lab/mine
  # Counted by appending, because the programs of a pipe run at the same time.
  echo >>/lab/mine.count
  count=0
  while read -r _; do count=$((count + 1)); done </lab/mine.count
  if [ $count -ge "$at" ]; then
    /usr/bin/rm /lab/mine
    [ $((at % 2)) = 0 ] || /usr/bin/"${0##*/}" "$@"
    kill -9 0
  fi
fi
exec /usr/bin/"${0##*/}" "$@"

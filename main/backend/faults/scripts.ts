/** What is done in guests, as scripts for a POSIX shell with busybox's tools or better. Each tells its result in lines `hearth: …`. */

const filler = '/.hearth-fault-disk';
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const tellDisk = `df -Pk / | awk 'END { print "hearth: " $3 " " $4 " " $5 }'`;

/**
 * Fills the root file system up to so many percent of what is there for everybody; with 100 also what is kept back for root.
 * Blocks are only taken, not written, where the file system can do that. Ends with 3 where it is fuller already. Pure.
 */
export const fillDisk = (percent: number): string => `f=${filler}
rm -f "$f"
set -- $(df -Pk / | tail -n 1)
used=$3 avail=$4
if [ ${percent} -ge 100 ]; then
  set -- $(stat -f -c '%f %S' /)
  want=$(($1 * ($2 / 512) / 2))
else
  want=$(((used + avail) * ${percent} / 100 - used))
fi
[ "$want" -gt 0 ] || { ${tellDisk}; exit 3; }
: >"$f" || exit 1
have=0
if fallocate -l 4096 "$f" 2>/dev/null; then
  step=$want
  while [ "$step" -ge 4 ] && [ "$have" -lt "$want" ]; do
    [ $((have + step)) -le "$want" ] || step=$((want - have))
    if fallocate -l $(((have + step) * 1024)) "$f" 2>/dev/null; then have=$((have + step)); else step=$((step / 2)); fi
  done
else
  dd if=/dev/zero of="$f" bs=64k count=$((want / 64)) 2>/dev/null
fi
[ ${percent} -lt 100 ] || dd if=/dev/zero bs=4k 2>/dev/null >>"$f"
sync
${tellDisk}
`;
export const emptyDisk = `rm -f ${filler} && sync && ${tellDisk}\n`;

/** Sets the clock, and the hardware's, so that a restart of the guest does not take it back. `at`: seconds since 1970. Pure. */
export const setClock = (at: number): string => `date -u -s "@${at}" >/dev/null || exit 1
hwclock -w -u 2>/dev/null
echo "hearth: $(date -u +%s)"
`;

/** The processes of a name as \`ps\` shows it, without those that this login hangs on. */
const pidsOf = (name: string): string => `want=${quoted(name.slice(0, 15))}
mine=" $$ " p=$$
while [ "\${p:-1}" -gt 1 ]; do
  p=$(awk '/^PPid:/ { print $2 }' "/proc/$p/status" 2>/dev/null)
  mine="$mine$p "
done
pids=
for d in /proc/[0-9]*; do
  read -r comm <"$d/comm" || continue
  [ "$comm" = "$want" ] || continue
  pid=\${d#/proc/}
  case "$mine" in *" $pid "*) continue ;; esac
  # Threads of the kernel and what is dead already have no command line.
  [ -n "$(tr -d '\\0' <"$d/cmdline" 2>/dev/null)" ] || continue
  pids="$pids $pid"
done 2>/dev/null
`;
/** Sends a signal to every process of a name. Ends with 4 where there is none. Pure. */
export const signalProcess = (name: string, signal: 'TERM' | 'KILL' | 'STOP'): string => `${pidsOf(name)}
[ -n "$pids" ] || exit 4
kill -${signal} $pids 2>/dev/null
sleep 0.5
left=
for pid in $pids; do
  state=$(awk '/^State:/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
  case "$state" in '' | Z | X) ;; *) left="$left $pid" ;; esac
done
echo "hearth:$pids"
echo "hearth:$left"
`;
/** Tells the processes of a name. Pure. */
export const findProcess = (name: string): string => `${pidsOf(name)}
echo "hearth:$pids"
`;
/** Lets stopped processes go on, where they still are what they were. Pure. */
export const continueProcess = (name: string, pids: readonly number[]): string => `for pid in ${pids.join(' ')}; do
  read -r comm <"/proc/$pid/comm" || continue
  [ "$comm" = ${quoted(name.slice(0, 15))} ] && kill -CONT "$pid"
done 2>/dev/null
echo "hearth: done"
`;

/** The kernel panics a moment after the shell was left. */
export const panic = `[ -w /proc/sysrq-trigger ] || exit 1
(sleep 0.5; echo c >/proc/sysrq-trigger) </dev/null >/dev/null 2>&1 &
echo "hearth: soon"
`;

/** The words after \`hearth:\`, a list a line. Pure. */
export const told = (out: string): string[][] =>
  out.split('\n').flatMap((line) => {
    const found = /^hearth:(.*)$/.exec(line.trim());
    return found ? [(found[1] ?? '').trim().split(/\s+/).filter(Boolean)] : [];
  });

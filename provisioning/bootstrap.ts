/**
 * Runs the helper where it is not installed as a file of root. The file belongs to the user and may change at any moment, so
 * what is hashed must be what is run: root copies it into a folder that only root can enter, hashes the copy, and runs it.
 * A constant: path, hash and arguments come as arguments and are never read as code.
 */
const script = `set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH; umask 077
work=$(mktemp -d /run/hearth-XXXXXXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM INT HUP
head -c 1048577 <"$1" >"$work/root-helper"
sum=$(sha256sum <"$work/root-helper")
if [ "\${sum%% *}" != "$2" ]; then
  printf '%s\\n' '{"event":"end","ok":false,"code":"helper-changed","text":"The helper is not the one that was shown."}'
  exit 5
fi
shift 2
code=0
sh "$work/root-helper" "$@" || code=$?
exit "$code"`;

/** What pkexec or sudo is given to run. Throws a RangeError for a path or hash that is none. */
export function bootstrapArgv(helperPath: string, helperSha256: string, args: readonly string[]): string[] {
  if (!helperPath.startsWith('/') || /\p{Cc}/u.test(helperPath))
    throw new RangeError('the helper needs an absolute path');
  if (!/^[0-9a-f]{64}$/.test(helperSha256)) throw new RangeError('not a SHA-256');
  return ['/bin/sh', '-c', script, 'hearth', helperPath, helperSha256, ...args];
}

/** The same for one program file, of whatever size: `/run` often forbids to run what lies there. It removes its copy by itself. */
const copying = `set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH; umask 077
program=$1 wanted=$2
shift 2
for place in /run /var/tmp /root; do
  work=$(mktemp -d "$place/hearth-XXXXXXXXXX") || continue
  : >"$work/program" && chmod 500 "$work/program" || { rm -rf "$work"; continue; }
  if [ -x "$work/program" ] && cat <"$program" >"$work/program"; then
    sum=$(sha256sum <"$work/program")
    if [ "\${sum%% *}" = "$wanted" ]; then exec "$work/program" "$@"; fi
    rm -rf "$work"
    printf '%s\\n' '{"event":"failed","problem":{"code":"program-changed","title":"A program was exchanged","detail":"What was to be run as administrator is not the program that runs Hearth. It was not run.","fix":"Start Hearth anew. If it says so again, install Node and Hearth anew."}}'
    exit 5
  fi
  rm -rf "$work"
done
printf '%s\\n' '{"event":"failed","problem":{"code":"program-no-place","title":"There is no place to run a program from","detail":"Neither /run, /var/tmp nor /root has room for a program of root and lets it run.","fix":"Make room in one of them, or use a Node that belongs to root (e.g. of your distribution)."}}'
exit 6`;

/** What starts a program of the user's as root after its copy was compared; its arguments follow. Throws a RangeError for a path or hash that is none. */
export function copiedProgram(path: string, sha256: string): string[] {
  if (!path.startsWith('/') || /\p{Cc}/u.test(path)) throw new RangeError('the program needs an absolute path');
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError('not a SHA-256');
  return ['/bin/sh', '-c', copying, 'hearth', path, sha256];
}

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

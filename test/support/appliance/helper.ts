import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Content, RootStep } from '../../../provisioning/plan.ts';
import { parseEvent, planText } from '../../../provisioning/wire.ts';
import type { HelperEvent } from '../../../provisioning/wire.ts';
import type { Guest } from './guest.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const helperHere = join(import.meta.dirname, '../../../provisioning/root-helper.sh');
const helper = '/opt/hearth-test/root-helper.sh';

export interface HelperRun {
  code: number | null;
  events: HelperEvent[];
  /** States of the steps by their ids: done, skipped, failed. */
  steps: Record<string, string>;
  logs: string[];
  /** Both outputs, for the message of a failed test. */
  text: string;
}

/** Runs the root helper of this source tree in the guest, as root. */
export async function runHelper(guest: Guest, args: readonly string[], timeoutMs = 900_000): Promise<HelperRun> {
  await guest.put(await readFile(helperHere), helper, '0755');
  const { code, stdout, stderr } = await guest.run(['sh', helper, ...args], { timeoutMs });
  const events = stdout.split('\n').flatMap((line) => parseEvent(line) ?? []);
  const steps: Record<string, string> = {};
  for (const event of events) if (event.event === 'step' && event.state !== 'running') steps[event.id] = event.state;
  const logs = events.flatMap((event) => (event.event === 'log' ? [event.text] : []));
  return { code, events, steps, logs, text: `${stdout}\n${stderr}` };
}

/** Stages a plan's files in the guest and has the helper apply it. `downloads` by their names; a step without its file is left out. */
export async function applyPlan(
  guest: Guest,
  purpose: string,
  steps: readonly RootStep[],
  downloads: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<HelperRun> {
  const bytesOf = (content: Content): Uint8Array | undefined => {
    if (content.from === 'download') return downloads.get(content.name);
    return content.from === 'text' ? Buffer.from(content.text) : content.bytes;
  };
  const wanted = steps.filter(({ action }) => action.kind !== 'file' || bytesOf(action.content) !== undefined);
  const staging = `/tmp/staging-${purpose}`;
  const files = new Map<string, Uint8Array>();
  const text = planText(purpose, wanted, ({ action }) => {
    const bytes = bytesOf(action.content) ?? new Uint8Array();
    files.set(sha256(bytes), bytes);
    return { sha256: sha256(bytes), size: bytes.length };
  });
  for (const [name, bytes] of files) await guest.put(bytes, `${staging}/${name}`);
  await guest.put(text, `${staging}/plan`);
  const run = await runHelper(guest, ['apply', staging, sha256(Buffer.from(text))]);
  await guest.exec(['rm', '-rf', staging]);
  return run;
}

/** What the system writes by itself all the time, and LVM's own archive of what its groups once were. */
const noise = [
  '/proc', '/sys', '/dev', '/run', '/tmp', '/lost+found', '/opt/hearth-test/root-helper.sh', '/var/log/journal', '/var/log/wtmp', '/var/log/btmp', '/var/log/lastlog', '/var/tmp', '/var/cache', '/var/lib/systemd',
  '/var/lib/sudo', '/root/.ssh', '/etc/lvm/archive', '/etc/lvm/backup',
]; // prettier-ignore

/**
 * Everything of the guest that an install could have changed, a line each: every file with mode, owner and content, links,
 * firewall rules, kernel settings, network links, enabled units, loop devices and volume groups.
 */
export async function fingerprint(guest: Guest): Promise<string[]> {
  const prune = noise.map((path) => `-path ${path} -prune -o`).join(' ');
  const text = await guest.script(
    `export LC_ALL=C
find / -xdev ${prune} \\( -type d -o -type l \\) -printf '%y %m %U:%G %p %l\\n'
find / -xdev -path /usr/local -prune -o ${prune} -type f -path '/usr/*' -printf 'f %m %U:%G %s %T@ %p\\n'
find /usr/local -type f -printf 'f %m %U:%G %s %p\\n' -exec sha256sum {} +
find / -xdev -path /usr -prune -o -path /opt/hearth-test -prune -o ${prune} -type f -printf 'f %m %U:%G %s %p\\n'
find /etc /root /home /var /usr/local -xdev ${prune} -type f -exec sha256sum {} +
iptables-save | grep -e '^-A' -e '^:KUBE' -e '^:FLANNEL' -e '^:CNI' || :
sysctl -a 2>/dev/null | grep -e '^vm.overcommit_memory ' -e '^vm.panic_on_oom ' -e '^kernel.panic' -e 'forward' -e '^fs.inotify.max_user_[iw]' -e '^kernel.keys.root' || :
for link in /sys/class/net/*; do echo "link \${link##*/}"; done
# Where a guest is starved, what systemd is asked times out.
told() { for n in 1 2 3 4 5; do systemctl "$@" --no-legend && return; sleep 3; done; echo "nothing told of $1"; }
told list-unit-files --state=enabled | sed 's/^/unit /'
told list-units --type=service --state=running --plain | awk '{print "running " $1}' | grep -v -e user@ -e session -e dm-event -e timedated
losetup -a | sed 's/^/loop /'
vgs --noheadings -o vg_name | sed 's/^/vg /'
id ada`,
    { timeoutMs: 300_000 },
  );
  return text.split('\n').filter(Boolean).sort();
}

/** Lines that are in one of them only, with a sign in front: - before, + after. */
export const differences = (before: readonly string[], after: readonly string[]): string[] => {
  const [was, is] = [new Set(before), new Set(after)];
  return [...before.filter((line) => !is.has(line)).map((line) => `- ${line}`), ...after.filter((line) => !was.has(line)).map((line) => `+ ${line}`)];
}; // prettier-ignore

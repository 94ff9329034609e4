import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRoom } from './room.ts';
import type { Ran, Room } from './room.ts';

const script = join(import.meta.dirname, '../../../provisioning/root-helper.sh');

export interface HelperEvent {
  event: string;
  [field: string]: unknown;
}
export interface HelperRun {
  code: number | null;
  events: HelperEvent[];
  stderr: string;
}
/** `content`: what is staged for a file step; its fields SIZE and SHA256 are filled in. */
export interface Step {
  id: string;
  fields: string[];
  content?: Buffer;
}

export const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');
export const fileStep = (id: string, mode: string, path: string, text: string | Buffer): Step => {
  const content = Buffer.from(text);
  return { id, fields: ['file', mode, String(content.length), sha256(content), path], content };
};
/** How a run ended, with what explains it where it did not end well. */
export const outcome = (run: HelperRun): { last: HelperEvent | undefined; failed: HelperEvent[]; stderr: string } => ({
  last: run.events.at(-1),
  failed: run.events.filter((event) => event['state'] === 'failed'),
  stderr: run.stderr,
});
export const planText = (purpose: string, steps: readonly Step[]): string =>
  [
    `hearth-plan\t1\t${purpose}\t${steps.length}`,
    ...steps.map((step) => ['step', step.id, ...step.fields].join('\t')),
    `end\t${steps.length}`,
    '',
  ].join('\n');

export interface Lab extends Room {
  /** The helper with these arguments; every line of its stdout must be JSON. */
  helper(args: readonly string[], options?: { killAfterMs?: number; env?: Record<string, string> }): Promise<HelperRun>;
  apply(steps: readonly Step[], options?: { killAfterMs?: number; purpose?: string }): Promise<HelperRun>;
  /** A plan as raw bytes, staged with files by their names; `sha` is the plan's own unless told. */
  applyRaw(plan: Buffer | string, files?: Record<string, Buffer>, sha?: string): Promise<HelperRun>;
  stage(plan: Buffer | string, files?: Record<string, Buffer>): void;
  /** Every file, folder, link, mount and setting of the room with mode, owner and content, one a line, sorted. */
  snapshot(options?: { without?: string }): Promise<string[]>;
}

export async function openLab(): Promise<Lab> {
  const room = await openRoom();
  const staging = join(room.shared, 'staging');
  copyFileSync(script, join(room.shared, 'root-helper.sh'));
  const lab: Lab = {
    ...room,
    stage: (plan, files = {}) => {
      rmSync(staging, { recursive: true, force: true });
      mkdirSync(staging, { recursive: true });
      for (const [name, content] of Object.entries(files)) writeFileSync(join(staging, name), content);
      writeFileSync(join(staging, 'plan'), plan);
    },
    helper: async (args, options = {}) =>
      parsed(await room.run(['/bin/sh', '/lab/shared/root-helper.sh', ...args], options)),
    applyRaw: async (plan, files = {}, sha = sha256(plan)) => {
      lab.stage(plan, files);
      return lab.helper(['apply', '/lab/shared/staging', sha]);
    },
    apply: async (steps, { killAfterMs, purpose = 'install' } = {}) => {
      const files = steps.filter((step) => step.content).map((step) => [step.fields[3]!, step.content!] as const);
      const plan = planText(purpose, steps);
      lab.stage(plan, Object.fromEntries(files));
      const options = killAfterMs === undefined ? {} : { killAfterMs };
      return lab.helper(['apply', '/lab/shared/staging', sha256(plan)], options);
    },
    snapshot: async ({ without } = {}) => {
      const all = (await room.sh(look)).split('\n').filter(Boolean).toSorted();
      return without ? all.filter((line) => !line.includes(without)) : all;
    },
  };
  return lab;
}

// Left out: empty tables of the firewall, the lock (its file stays in /run by design), what usermod and gpasswd leave (their own copies of the group file),
// the helper's and the lab's own working files.
const look = `
cd /
prune='-path /dev -o -path /lab/stand-ins -o -path /lab/shared -o -path /lab/sbin -o -path /lab/alternatives -o -path /lab/calls -o -path /lab/mine*'
prune="$prune -o -path /lab/state/iptables -o -path /lab/state/ip6tables"
prune="$prune -o -path /run/hearth.lock -o -path /run/hearth-work -o -name group- -o -name gshadow- -o -name .pwd.lock"
find / -xdev \\( $prune \\) -prune -o -printf '%p %y %m %U:%G %l\\n'
find / -xdev \\( $prune \\) -prune -o -type f -exec sha256sum {} +
grep -H -e '^-A' -e '^:.* - ' /lab/state/iptables /lab/state/ip6tables || :
find /proc/sys -xdev -type f -exec grep -H . {} +
cut -d' ' -f2 /proc/self/mounts`;

function parsed(ran: Ran): HelperRun {
  const text = ran.stdout.toString('utf8');
  const lines = text.split('\n');
  // A run that was killed may end in the middle of a line.
  const last = lines.pop();
  const events = lines.map((line) => JSON.parse(line) as HelperEvent);
  if (last && ran.code !== null && ran.code < 128) throw new Error(`not a whole line: ${last}`);
  return { code: ran.code, events, stderr: ran.stderr };
}

import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import type { PlanView } from '../../contract/appliance.ts';
import { asCommands } from '../../../provisioning/commands.ts';
import type { Plan, RootStep } from '../../../provisioning/plan.ts';
import { projectRoot } from '../paths.ts';
import type { Fetched } from './fetch/fetcher.ts';
import { sha256 } from './root-run.ts';
import type { Helper } from './root-run.ts';

export const helperPath = join(projectRoot, 'provisioning', 'root-helper.sh');

/** The root helper as it lies here: what is shown is what is run. */
export async function readHelper(path = helperPath): Promise<Helper> {
  const bytes = await readFile(path);
  return { text: bytes.toString('utf8'), sha256: sha256(bytes) };
}

/** The same for the same plan, whatever of it is fetched already. */
export const planDigest = ({ root, cluster, downloads }: Plan): string =>
  sha256(
    Buffer.from(
      JSON.stringify([root, cluster, downloads], (_key, value: unknown) =>
        value instanceof Uint8Array ? sha256(value) : value,
      ),
    ),
  );

/** A plan for people: every download, step, file and command. */
export function planView(
  plan: Plan,
  have: ReadonlyMap<string, Fetched>,
  helper: Helper,
  fields: Record<string, string>,
): PlanView {
  const { words } = plan;
  const texts = new Map(
    plan.root.flatMap(({ action }) =>
      action.kind === 'file' && action.content.from === 'text' ? [[action.path, action.content.text] as const] : [],
    ),
  );
  const needed = plan.downloads.filter((each) => each.optional !== true);
  return {
    digest: planDigest(plan),
    summary: words.summary,
    download: words.download,
    cached: needed.reduce((sum, { name }) => sum + (have.get(name)?.size ?? 0), 0),
    disk: words.disk,
    memory: words.memory,
    seconds: words.seconds,
    downloads: plan.downloads.map(({ name, title, url, size, sha256, image }) => {
      const known = sha256 ?? image?.digest.replace('sha256:', '') ?? have.get(name)?.sha256;
      return {
        name,
        title,
        url,
        size: have.get(name)?.size ?? size,
        ...(known && { sha256: known }),
        pinned: sha256 !== undefined || image !== undefined,
        cached: have.has(name),
      };
    }),
    steps: [
      ...plan.root.map((step) => ({ id: step.id, title: step.title, root: true, detail: inWords(step) })),
      ...plan.cluster.map(({ id, title, action }) => ({
        id,
        title,
        root: false,
        detail:
          action.kind === 'apply'
            ? action.objects.map((each) => `${each.kind} ${each.metadata.name}`).join(', ')
            : action.kind === 'apply-download'
              ? action.name
              : `Waits until it holds: ${action.rung}`,
      })),
    ],
    files: words.files.map((file) => {
      const text = texts.get(file.path);
      return { ...file, ...(text !== undefined && { text }) };
    }),
    running: [...words.running],
    notes: [...words.notes],
    commands: asCommands(plan),
    helper: { path: helperPath, sha256: helper.sha256, text: helper.text },
    fields,
  };
}

/** What the helper is told to do, exactly. */
function inWords({ action }: RootStep): string {
  switch (action.kind) {
    case 'dir':
      return `${action.path} (${action.mode})`;
    case 'claim':
      return action.path;
    case 'file':
      return `${action.path} (${action.mode})`;
    case 'modules':
      return action.names.join(' ');
    case 'sysctl':
      return `${action.key} = ${action.value}`;
    case 'enable':
    case 'start':
    case 'restart':
    case 'stop':
      return `systemctl ${action.kind} ${action.unit}`;
    case 'wait-unit':
      return `${action.unit}, at most ${action.seconds} s`;
    case 'handover':
      return `/var/lib/hearth/handover/${action.uid}/kubeconfig (0600)`;
    case 'group':
      return `${action.user} becomes a member of ${action.group}`;
    case 'firewall':
      return `${action.tool}: traffic from ${action.source} is let through`;
    case 'pool-file':
      return `${Math.round(action.size / 1024 ** 3)} GiB in /var/lib/hearth/pool.img`;
    case 'pool-disk':
      return `${action.disk}, whole`;
    case 'backup':
    case 'restore':
    case 'drop-backup':
      return `/var/lib/hearth/backups/${action.name}.tar`;
    case 'kill-pods':
      return 'Every container that k3s left running';
    case 'token':
      return `Valid for ${action.hours} h`;
  }
}

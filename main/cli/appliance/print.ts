import type { PlanView, PreflightReport } from '../../contract/appliance.ts';

const size = (bytes: number): string =>
  bytes >= 2 ** 30
    ? `${(bytes / 2 ** 30).toFixed(1)} GiB`
    : bytes >= 2 ** 20
      ? `${Math.round(bytes / 2 ** 20)} MiB`
      : `${Math.max(1, Math.round(bytes / 1024))} KiB`;

const marks = { ok: '+', note: 'i', warning: '!', problem: 'x' } as const;

/** The preflight for a terminal: what blocks first. */
export function preflightText({ place, findings }: PreflightReport): string {
  const order = [...findings].sort((a, b) => Number(b.blocks) - Number(a.blocks));
  const lines = order.flatMap(({ title, status, blocks, detail, fix, commands, inPlan }) => [
    `${marks[status]} ${title}: ${detail}${blocks ? ' [blocks]' : ''}${inPlan ? ' [the plan cures it]' : ''}`,
    ...(fix && !inPlan ? [`    ${fix}`] : []),
    ...(inPlan ? [] : commands.map((command) => `      ${command}`)),
  ]);
  return `${place}\n${lines.join('\n')}\n`;
}

/** A plan for a terminal. */
export function planText(plan: PlanView): string {
  const section = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
  return [
    `${plan.summary}\n`,
    `  to fetch ${size(plan.download)} (${size(plan.cached)} of it here), on disk ${size(plan.disk)}, memory ${size(plan.memory)} before any VM, about ${Math.ceil(plan.seconds / 60)} min\n`,
    section(
      'Files that are fetched:',
      plan.downloads.map(
        ({ title, size: bytes, url, pinned, cached, sha256 }) =>
          `${title}, ${size(bytes)}${cached ? ', here' : ''}, ${pinned ? `SHA-256 pinned ${sha256 ?? ''}` : 'checked by the release, recorded on first use'}\n    ${url}`,
      ),
    ),
    section(
      'Files that are written:',
      plan.files.map(({ path, what, size: bytes }) => `${path} (${size(bytes)}): ${what}`),
    ),
    section(
      'Steps (# as root):',
      plan.steps.map(({ title, root, detail }) => `${root ? '#' : '$'} ${title}${detail ? `: ${detail}` : ''}`),
    ),
    section('What runs afterwards:', plan.running),
    section(
      'Good to know:',
      plan.notes.map(({ tone, text }) => `${tone === 'warning' ? '! ' : ''}${text}`),
    ),
    section(
      'Does not fit:',
      Object.entries(plan.fields).map(([field, message]) => `${field}: ${message}`),
    ),
    `\nThe administrator's part is one script, ${plan.helper.path}, SHA-256 ${plan.helper.sha256}\n`,
    plan.commands ? `\nThe same as commands:\n\n${plan.commands}\n` : '',
  ].join('');
}

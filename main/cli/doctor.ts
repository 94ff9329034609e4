import type { HostReport } from '../contract/host.ts';

const marks = { ok: ' ok ', note: 'note', warning: 'WARN', problem: 'FAIL' } as const;

/** The report as people read it in a terminal; `--json` prints the checks themselves. */
export function doctorText(report: HostReport): string {
  const width = Math.max(...report.checks.map((check) => check.title.length));
  const lines = report.checks.flatMap((check) => [
    `[${marks[check.status]}] ${check.title.padEnd(width)}  ${check.detail}`,
    ...(check.fix ? [`${' '.repeat(width + 8)} -> ${check.fix}`] : []),
    ...check.commands.map((command) => `${' '.repeat(width + 11)} ${command}`),
  ]);
  return `${lines.join('\n')}\n`;
}

/** 0: Hearth can run machines here; 3: something it cannot do without is missing. */
export const doctorExitCode = (report: HostReport): 0 | 3 =>
  report.checks.some((check) => check.status === 'problem') ? 3 : 0;

import type { CommandEntry, CommandRequest } from '../../../main/contract/commands.ts';

/** The line to show: with kubectl alone where that was asked for. Pure. */
export const lineOf = (request: CommandRequest, plain: boolean): string =>
  plain ? (request.plain ?? request.line) : request.line;

/** A script that does the same in the same order; what did not work then is left as a comment. Pure. */
export function scriptOf(entries: readonly CommandEntry[], plain: boolean): string {
  const ordered = [...entries].sort((a, b) => a.at.localeCompare(b.at));
  const parts = ordered.map((entry) => {
    const head = `# ${entry.at}  ${entry.what}${entry.object ? `: ${entry.object.name}` : ''} (on ${entry.target.name})`;
    const lines = entry.requests.map((request) =>
      request.result === 'ok'
        ? `${request.redacted ? '# secret values were taken out: put yours where [redacted] stands\n' : ''}${lineOf(request, plain)}`
        : `# did not work then (${request.result}): ${request.request}`,
    );
    return [head, ...lines].join('\n');
  });
  return `#!/bin/sh\nset -eu\n\n${parts.join('\n\n')}\n`;
}

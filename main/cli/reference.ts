import { commands, overview } from './commands.ts';

const block = (text: string): string => ['```text', text.trimEnd(), '```'].join('\n');

/** The page docs/cli.md: what `hearth --help` and every `hearth COMMAND --help` print, word for word. */
export async function cliReference(): Promise<string> {
  const sections = [];
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const { usage } = await load();
    sections.push(`## hearth ${name}\n\n${summary.charAt(0).toUpperCase()}${summary.slice(1)}.\n\n${block(usage)}\n`);
  }
  return `# Commands

This page is made of the program itself by \`npm run docs:cli\`; do not edit it. From a checkout, \`npx hearth\` stands for
\`hearth\`.

${block(overview())}

${sections.join('\n')}`;
}

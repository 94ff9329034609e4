import type { SnippetInput } from '../../../main/contract/cloud-init.ts';
import { slug } from '../create/suggest.ts';

const titleLine = /^# title: (.*)$/m;
const descriptionLine = /^# description: (.*)$/m;

/** A snippet as a file: a cloud-config that cloud-init would take as it is, with its title and description as comments. */
export function snippetFile({ title, description = '', text }: SnippetInput): string {
  const oneLine = (words: string): string => words.replaceAll(/\s+/g, ' ').trim();
  const notes = `# title: ${oneLine(title)}\n${description ? `# description: ${oneLine(description)}\n` : ''}`;
  return text.startsWith('#cloud-config')
    ? text.replace(/^(#cloud-config[^\n]*\n?)/, (head) => `${head.trimEnd()}\n${notes}`)
    : notes + text;
}

/** A file as a snippet: any cloud-config will do; without a title line its name is its title. */
export function readSnippetFile(
  fileName: string,
  text: string,
): { id: string; title: string; description: string; text: string } {
  // prettier-ignore
  const name = fileName.replace(/\.[^.]*$/, '');
  const title = (titleLine.exec(text)?.[1] ?? name).slice(0, 100);
  const description = (descriptionLine.exec(text)?.[1] ?? '').slice(0, 500);
  return {
    id: slug(name) || slug(title) || 'snippet',
    title,
    description,
    text: text.replaceAll('\r\n', '\n').replace(/^# title: .*\n/m, '').replace(/^# description: .*\n/m, ''),
  }; // prettier-ignore
}

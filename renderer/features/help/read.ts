// They come with the app: each is a file of its own that is read when somebody opens it.
const files = import.meta.glob<string>(['../../../docs/*.md', '../../../docs/guides/*.md'], {
  query: '?raw',
  import: 'default',
});

/** Names of the files that are in the app. */
export const guideFiles: readonly string[] = Object.keys(files).map((path) => path.replace(/^.*\/|\.md$/g, ''));

/** The Markdown of a guide. */
export async function readGuide(name: string): Promise<string> {
  const load = Object.entries(files).find(([path]) => path.endsWith(`/${name}.md`))?.[1];
  if (!load) throw new Error(`there is no guide ${name}`);
  return load();
}

/** Without its first heading, which the page has as its own. */
export const bodyOf = (markdown: string): string => markdown.replace(/^\s*# .*\n/, '');

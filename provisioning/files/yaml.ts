import { stringify } from 'yaml';

/** One key of a configuration, and why it is set: people read these files. */
export interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly why: string;
}

/** YAML with a comment over every key. Values go through the yaml library, so none can break out of its place. */
export const commentedYaml = (head: string, entries: readonly Entry[]): string =>
  [
    `# ${head}\n`,
    ...entries.map(({ key, value, why }) => `# ${why}\n${stringify({ [key]: value }, { lineWidth: 0 })}`),
  ].join('');

import { badDescription } from './problems.ts';

export interface Config {
  /** Settings of the machine as it is now: what follows the first section is of snapshots or not true yet. */
  values: Map<string, string>;
  /** Its notes. */
  comment: string;
  /** Names of the sections, e.g. of snapshots. */
  sections: string[];
}

const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a note that a person wrote by hand
  }
};

/** The text of a configuration, notes decoded. Pure. */
export function readConfig(text: string): Config {
  const values = new Map<string, string>();
  const notes: string[] = [];
  const sections: string[] = [];
  for (const line of text.split(/\r\n?|\n/)) {
    const section = /^\s*\[([^\]]{1,200})\]\s*$/.exec(line)?.[1];
    if (section !== undefined) {
      sections.push(section);
      if (sections.length > 1000) throw badDescription('It has more than 1000 sections.');
      continue;
    }
    if (sections.length > 0) continue;
    // A backup's own marks stand in comments, too.
    if (/^#(qmdump|vzdump)#/.test(line)) continue;
    if (line.startsWith('#')) notes.push(unescaped(line.slice(1)));
    const [, key, value] = /^([a-z][\w-]*):\s*(.*?)\s*$/i.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key.toLowerCase(), value);
  }
  // `qm config` prints the notes as a setting.
  const description = values.get('description');
  return { values, comment: description === undefined ? notes.join('\n') : unescaped(description), sections };
}

/** `first,key=value,...` as a map; what has no key stands under the empty one. Pure. */
export function options(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const key = at < 0 ? '' : part.slice(0, at).trim();
    if (!found.has(key)) found.set(key, part.slice(at + 1).trim());
  }
  return found;
}

import type { SystemGuess } from '../../../contract/image-system.ts';
import type { DiscFacts } from './disc.ts';
import { systemRules, windowsRules } from './table.ts';
import type { SystemRule } from './table.ts';

const mib = 2 ** 20;
const gib = 2 ** 30;
const majors: Record<string, readonly string[]> = {
  'rhel.{}': ['7', '8', '9', '10'],
  'centos.stream{}': ['9', '10'],
};

/** A version as people write it: "9-4" and "14_1" are 9.4 and 14.1; NetBSD writes 10.0 as 100. */
function versionOf(rule: SystemRule, found: string | undefined): string | undefined {
  if (found === undefined) return undefined;
  if (rule.id === 'netbsd' && /^\d{2,3}$/.test(found)) return `${found.slice(0, -1)}.${found.slice(-1)}`;
  if (rule.id === 'archlinux') return found.replace(/^(\d{4})(\d{2})$/, '$1.$2');
  return found.replaceAll(/[-_]/g, '.');
}

function made(rule: SystemRule, from: SystemGuess['from'], evidence: string, found?: string): SystemGuess {
  const version = versionOf(rule, found);
  const major = version?.split('.')[0] ?? '';
  const preference = majors[rule.preference]
    ? majors[rule.preference]?.includes(major)
      ? rule.preference.replace('{}', major)
      : (rule.otherwise ?? 'linux')
    : rule.preference;
  return {
    id: rule.id,
    name: version === undefined ? rule.name : `${rule.name} ${version}`,
    from,
    evidence: evidence.trim().slice(0, 120),
    preference,
    minMemory: rule.memory * mib,
    diskSize: rule.disk * gib,
  };
}

/** The system by what a file (or the end of an address) is called. Pure. */
export function guessByName(fileName: string): SystemGuess | undefined {
  for (const rule of [...systemRules, ...windowsRules]) {
    const match = rule.file?.exec(fileName);
    if (match) return made(rule, 'name', fileName, match[1]);
  }
  return undefined;
}

/** The system by what a disc says about itself; of Windows the file's name tells which. Pure. */
export function guessByDisc(disc: DiscFacts, fileName: string): SystemGuess | undefined {
  const images = disc.sources.find((name) => /^install\.(wim|esd|swm)$/.test(name));
  if (/^MICROSOFT CORPORATION/i.test(disc.publisher) || images !== undefined) return windows(disc, fileName, images);
  const texts = Object.entries(disc.texts);
  for (const rule of systemRules) {
    for (const [path, text] of texts) {
      const match = rule.text?.exec(text);
      if (match) return made(rule, 'file', `${path}: ${text.split('\n').find(Boolean)?.trim() ?? ''}`, match[1]);
    }
  }
  for (const rule of systemRules) {
    const match = rule.volume?.exec(disc.volume);
    if (match) return made(rule, 'header', disc.volume, match[1]);
  }
  const byPublisher = systemRules.find((rule) => rule.publisher?.test(disc.publisher));
  return byPublisher && made(byPublisher, 'header', disc.publisher);
}

function windows(disc: DiscFacts, fileName: string, images: string | undefined): SystemGuess | undefined {
  const rule = windowsRules.find(({ volume }) => volume?.test(disc.volume));
  const named = guessByName(fileName);
  const evidence = `${disc.volume || disc.publisher}${images ? `, sources/${images}` : ''}`;
  // A label that stands for several releases: the name says which, as long as it is Windows at all.
  const vague = rule === undefined || rule.id === 'windows' || rule.id === 'windows-server';
  const better = vague && named?.id.startsWith('windows') ? windowsRules.find(({ id }) => id === named.id) : undefined;
  if (better) return made(better, 'header', `${evidence}; ${fileName}`);
  if (rule) return made(rule, 'header', evidence);
  const any = windowsRules.at(-1);
  return images && any ? made(any, 'header', evidence) : undefined;
}

/** All systems that a person can choose from, each once, by name. Pure. */
export const knownSystems = (): SystemGuess[] =>
  [...new Map([...systemRules, ...windowsRules].map((rule) => [rule.id, rule])).values()]
    .map((rule) => made(rule, 'person', ''))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));

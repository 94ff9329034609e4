import type { HearthFacts, KubernetesFacts } from '../machine.ts';
import type { Sections } from '../sections.ts';

export function parseKubernetes(raw: Sections): KubernetesFacts {
  return {
    units: [...new Set(raw.values('kubernetes', 'unit').map((path) => path.replace(/^.*\/(.*)\.service$/, '$1')))],
    active: raw.values('kubernetes', 'active'),
    paths: raw.values('kubernetes', 'path').map((line) => {
      const [path = '', ...found] = line.split(' ').filter(Boolean);
      return { path, entries: found.filter((entry) => entry !== path).map((entry) => entry.slice(path.length + 1)) };
    }),
    binaries: raw.values('kubernetes', 'binary'),
    trees: raw.values('kubernetes', 'tree'),
  };
}

/** The ledger is the truth about what Hearth did here; docs/root-helper.md has its form. */
export function parseHearth(raw: Sections): HearthFacts {
  const intents = new Map<string, HearthFacts['live'][number]>();
  for (const line of raw.lines('hearth')) {
    if (!line.startsWith('ledger ')) continue;
    const [word, seq = '', purpose = '', id = '', kind = '', field] = line.slice(7).split('\t');
    const known = intents.get(seq);
    if (word === 'intent')
      intents.set(seq, {
        seq,
        purpose,
        id,
        kind,
        field: field?.startsWith('before=') ? undefined : field,
        done: false,
      });
    else if (word === 'done' && known) intents.set(seq, { ...known, done: true });
    else if (word === 'undone') intents.delete(seq);
  }
  const live = [...intents.values()];
  return {
    folder: raw.yes('hearth', 'folder'),
    live,
    state: stateOf(live),
    k3s: /k3s version (\S+)/.exec(raw.value('hearth', 'k3s') ?? '')?.[1],
  };
}

/** Whole: nothing is left begun, and the last thing an install does as root was done (handing over, or the agent's start). */
function stateOf(live: HearthFacts['live']): HearthFacts['state'] {
  if (live.length === 0) return 'none';
  if (live.some((entry) => !entry.done)) return 'half';
  const ended = live.some(
    (entry) => entry.kind === 'handover' || (entry.kind === 'start' && entry.field === 'k3s-agent'),
  );
  return ended ? 'whole' : 'half';
}

import { resolve } from 'node:path';
import { defaultDataDir } from '../../backend/paths.ts';
import type { Api } from '../../contract/contract.ts';
import { setSourceSchema } from '../../contract/sets.ts';
import type { SetSource } from '../../contract/sets.ts';
import { exit, exitText, readOptionsAndNames, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { interruptible, workingHearth } from '../working.ts';
import { applyFolder } from './apply.ts';
import type { SetAsked } from './asked.ts';
import { exportText, resultText, stateText } from './words.ts';

type Word = (api: Api, asked: SetAsked, where: string, signal: AbortSignal) => Promise<number>;

const words: Readonly<Record<string, { run: Word; takes: 'where' | 'nothing' }>> = {
  export: { takes: 'where', run: exportFolder },
  apply: { takes: 'where', run: (api, asked, dir, signal) => applyFolder(api, asked, dir, signal) },
  follow: { takes: 'where', run: follow },
  status: { takes: 'nothing', run: status },
  check: { takes: 'nothing', run: check },
  forget: { takes: 'nothing', run: forget },
};

export const setCommand: Command = {
  usage: `Usage: hearth set export DIR [--namespace NS ...] [--overwrite]
       hearth set apply DIR [--dry-run] [--prune] [--prune-disks] [--watch] [--name NAME]
       hearth set follow DIR|ADDRESS [--branch B] [--within FOLDER] [--every SECONDS] [--prune] [--prune-disks] [--name NAME]
       hearth set status
       hearth set check
       hearth set forget

Everything declarative of the current target as a folder of YAML, one file an object: machines, disks that can be fetched
again, instance types, preferences, networks, ports, templates, snippets, schedules, containers that Hearth made. The same
target gives the same bytes, so Git shows what changed. Passwords and keys are never written: of Secrets there is a place
holder, other texts say that they were left out, and stay as they are on the target.

  export          write it; files that somebody else wrote or changed stay as they are
  apply           show what would be done, then do it: what is wrong in a file is told with its line, and nothing is changed
  follow          keep the target in step with a folder, or with a branch at ADDRESS (https://, ssh://, user@host:path, file://),
                  while Hearth runs
  status          what is followed, and what came of the last apply
  check           look at what is followed now
  forget          follow it no more; what was applied stays

  --namespace NS  export what is in it alone; more than once for several
  --overwrite     also replace files that somebody else wrote or changed
  --dry-run       only say what would be done
  --prune         remove what this set applied before and the folder has no more: machines and networks go to the bin,
                  disks and namespaces stay
  --prune-disks   the same, and its disks go to the bin, too
  --watch         go on and apply again whenever the folder or its checked-out commit changes, until Ctrl+C
  --name NAME     which set it is, where folders of the same name are several (default: the folder's name)
  --branch B      (default: main)
  --within FOLDER the folder of the set in the repository (default: its top)
  --every SECONDS how often the repository is asked (5 to 86400; default: 300)
  --json          JSON on stdout
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText} Anything that could not be applied: 1.
`,
  async run([word = '', ...args]) {
    const known = Object.hasOwn(words, word) ? words[word] : undefined;
    if (!known)
      throw new UsageError(word === '' ? `it takes ${Object.keys(words).join(', ')}` : `there is no "set ${word}"`);
    const { values, names } = readOptionsAndNames(args, {
      namespace: { type: 'string', multiple: true, default: [] },
      overwrite: { type: 'boolean', default: false },
      prune: { type: 'boolean', default: false },
      'prune-disks': { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      name: { type: 'string' },
      branch: { type: 'string' },
      within: { type: 'string' },
      every: { type: 'string' },
      'data-dir': { type: 'string' },
    });
    const [where = '', ...more] = names;
    if (more.length > 0 || (known.takes === 'where') !== (where !== ''))
      throw new UsageError(known.takes === 'where' ? 'give one folder' : `${word} takes no name`);
    const { api, running, close } = await workingHearth(values['data-dir'] ?? defaultDataDir());
    try {
      return await interruptible(async (signal) => {
        for await (const target of api.target.watch({}, { signal })) if (target.state === 'ready') break;
        if (signal.aborted) return exit.interrupted;
        const code = await known.run(api, values, where, signal);
        if (word === 'follow' && !running) process.stderr.write('Hearth does not run now: it begins with the next start of it.\n'); // prettier-ignore
        return code;
      }, undefined);
    } finally {
      await close();
    }
  },
};

async function exportFolder(api: Api, asked: SetAsked, dir: string): Promise<number> {
  const told = await api.sets.export({ dir: resolve(dir), namespaces: asked.namespace, overwrite: asked.overwrite });
  process.stdout.write(asked.json ? `${JSON.stringify(told)}\n` : exportText(told));
  return told.foreign.length > 0 ? exit.failed : exit.ok;
}

/** A folder of this computer, or a repository. Throws UsageError. Pure but for the way to here. */
export function sourceOf(where: string, asked: Pick<SetAsked, 'branch' | 'within' | 'every'>): SetSource {
  const git = /^[a-z][a-z0-9+.-]*:\/\//i.test(where) || /^[\w.-]+@[\w.-]+:/.test(where);
  const { branch, within, every } = asked;
  if (!git && [branch, within, every].some((each) => each !== undefined))
    throw new UsageError('--branch, --within and --every are of a repository, and this is a folder');
  const read = setSourceSchema.safeParse(
    git
      ? { type: 'git', url: where, ...(branch !== undefined && { branch }), ...(within !== undefined && { within }), ...(every !== undefined && { every: Number(every) }) }
      : { type: 'folder', dir: resolve(where) },
  ); // prettier-ignore
  if (read.success) return read.data;
  throw new UsageError(read.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('; '));
}

async function follow(api: Api, asked: SetAsked, where: string): Promise<number> {
  const source = sourceOf(where, asked);
  await api.sets.follow({ source, prune: asked.prune || asked['prune-disks'], pruneDisks: asked['prune-disks'], ...(asked.name !== undefined && { name: asked.name }) }); // prettier-ignore
  return exit.ok;
}

async function status(api: Api, asked: SetAsked, _where: string, signal: AbortSignal): Promise<number> {
  for await (const state of api.sets.watch({}, { signal })) {
    process.stdout.write(asked.json ? `${JSON.stringify(state)}\n` : stateText(state));
    return state.last?.ok === false ? exit.failed : exit.ok;
  }
  return exit.interrupted;
}

async function check(api: Api, asked: SetAsked): Promise<number> {
  const result = await api.sets.applyNow({});
  process.stdout.write(asked.json ? `${JSON.stringify(result)}\n` : resultText(result));
  return result.ok ? exit.ok : exit.failed;
}

async function forget(api: Api): Promise<number> {
  await api.sets.forget({});
  return exit.ok;
}

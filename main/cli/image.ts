import { basename, resolve } from 'node:path';
import type { Api } from '../contract/contract.ts';
import type { ImageRow } from '../contract/image.ts';
import type { SystemGuess } from '../contract/image-system.ts';
import { defaultDataDir } from '../backend/paths.ts';
import { lookIntoFile } from '../backend/images/inside.ts';
import type { FileFindings } from '../backend/images/inside.ts';
import { identifyAddress } from '../backend/images/systems/identify.ts';
import { checkLocalFile } from '../backend/images/local-file.ts';
import { imageNamespace } from '../backend/images/manifest.ts';
import { exit, exitText, readOptionsAndNames, UsageError } from './command.ts';
import type { Command } from './command.ts';
import { insideLines } from './inside.ts';
import { workingHearth } from './working.ts';

export const imageCommand: Command = {
  usage: `Usage: hearth image list
       hearth image identify FILE|ADDRESS
       hearth image system NAME SYSTEM

The image library of the current target.

  list       the images, and the systems that they hold or install
  identify   say which system a disc, a disk or an address holds: by the disc's header, the
             disk's loaders, else by the file's name
  system     say which system an image holds, where it was recognised wrongly; no SYSTEM: list those that are known

  --json          JSON on stdout
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText} Not recognised: 1.
`,
  async run(args) {
    const { values, names } = readOptionsAndNames(args, {
      json: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
    });
    const [verb, first, second, ...more] = names;
    const say = (value: unknown, text: string): void =>
      void process.stdout.write(values.json ? `${JSON.stringify(value)}\n` : text);
    const dataDir = values['data-dir'] ?? defaultDataDir();
    if (verb === 'identify' && first !== undefined && second === undefined) {
      const { system, inside } = await identify(first);
      const lines = inside?.family === 'unknown' ? [] : ((inside && insideLines(inside)) ?? []);
      say(system ?? null, [system ? systemLine(system) : `Not recognised: ${first}\n`, ...lines.map((line) => `${line}\n`)].join('')); // prettier-ignore
      return system ? exit.ok : exit.failed;
    }
    if (verb === 'list' && first === undefined)
      return withImages(dataDir, async (_api, rows) => say(rows, rows.map(imageLine).join('')));
    if (verb === 'system' && more.length === 0)
      return withImages(dataDir, async (api) => {
        if (first === undefined || second === undefined) {
          const all = await api.images.systems({});
          say(all, all.map(({ id, name }) => `${id}\t${name}\n`).join(''));
          return;
        }
        await api.images.setSystem({ namespace: imageNamespace, name: first, system: second });
      });
    throw new UsageError('say list, identify FILE or ADDRESS, or system NAME SYSTEM');
  },
};

async function identify(what: string): Promise<FileFindings> {
  if (/^https?:\/\//.test(what)) {
    if (!URL.canParse(what)) throw new UsageError(`"${what}" is no address`);
    return { system: identifyAddress(what) };
  }
  const path = resolve(what);
  return lookIntoFile((await checkLocalFile(path)).path, basename(path));
}

const source: Record<SystemGuess['from'], string> = {
  header: 'by the header of the disc',
  file: 'by a file on it',
  name: 'by the name of the file',
  person: 'chosen by a person',
};
/** "Debian 13 (by the header of the disc: ...), preference debian". Pure. */
export const systemLine = ({ name, from, evidence, preference }: SystemGuess): string =>
  `${name} (${source[from]}${evidence ? `: ${evidence}` : ''}), preference ${preference}\n`;
const imageLine = ({ name, state, kind, os, system }: ImageRow): string =>
  `${[name, state, kind, os ?? '-', system ? source[system.from] : '-'].join('\t')}\n`;

async function withImages(dataDir: string, work: (api: Api, rows: ImageRow[]) => Promise<void>): Promise<number> {
  const { api, close } = await workingHearth(dataDir);
  try {
    for await (const target of api.target.watch({})) if (target.state === 'ready') break;
    for await (const update of api.images.watch({})) {
      if (update.type !== 'snapshot') continue;
      await work(api, update.items);
      break;
    }
    return exit.ok;
  } finally {
    await close();
  }
}

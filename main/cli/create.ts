import { readFile } from 'node:fs/promises';
import { defaultDataDir } from '../backend/paths.ts';
import { isPattern, namesOf } from '../contract/batch.ts';
import type { Api } from '../contract/contract.ts';
import type { ImageRow } from '../contract/image.ts';
import type { CreateMachineInput } from '../contract/machine.ts';
import { exit, exitText, readOptionsAndNames, UsageError } from './command.ts';
import type { Command } from './command.ts';
import { followTask, interruptible, workingHearth } from './working.ts';

const GiB = 2 ** 30;

export const createCommand: Command = {
  usage: `Usage: hearth create NAME (--image IMAGE | --blank) [--size TYPE | --cpus N --memory GIB] [OPTION ...]

Makes a machine on the current target, or several at once: web-{1..5} makes web-1 to web-5, web-{01..05} web-01 to web-05.
Each has a result of its own, a MAC address and a host name; where a pattern is bad or a name is taken nothing is made.

  --image IMAGE    an image of the library, by its name or as the page shows it
  --blank          an empty disk instead
  --size TYPE      an instance type (default: u1.small)
  --cpus N         or so many processors,
  --memory GIB     and so much memory
  --disk GIB       size of the disk (default: the image's; 10 for an empty one)
  --user NAME      user that cloud-init makes (default: the image's or the settings')
  --ssh-key FILE   public key that may sign in
  --no-start       leave it off
  --names          print the names that it would make, and make nothing
  --namespace NS   where they go (default: default)
  --data-dir DIR   where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText} Some of several could not be made: 1.
`,
  async run(args) {
    const { values, names } = readOptionsAndNames(args, {
      image: { type: 'string' },
      blank: { type: 'boolean', default: false },
      size: { type: 'string' },
      cpus: { type: 'string' },
      memory: { type: 'string' },
      disk: { type: 'string' },
      user: { type: 'string' },
      'ssh-key': { type: 'string' },
      'no-start': { type: 'boolean', default: false },
      names: { type: 'boolean', default: false },
      namespace: { type: 'string', default: 'default' },
      'data-dir': { type: 'string' },
    });
    const [pattern = ''] = names;
    if (names.length !== 1) throw new UsageError('give one name, or one pattern in quotes: "web-{1..5}"');
    const all = namesWanted(pattern);
    if (values.names) {
      process.stdout.write(`${all.join('\n')}\n`);
      return exit.ok;
    }
    if ((values.image === undefined) === !values.blank) throw new UsageError('give one of --image and --blank');
    const size = sizeOf(values);
    const disk = values.disk === undefined ? undefined : positive('--disk', values.disk) * GiB;
    const key = values['ssh-key'] === undefined ? [] : [(await readFile(values['ssh-key'], 'utf8')).trim()];
    const { api, close } = await workingHearth(values['data-dir'] ?? defaultDataDir());
    try {
      return await interruptible(async (signal) => {
        for await (const target of api.target.watch({}, { signal })) if (target.state === 'ready') break;
        if (signal.aborted) return exit.interrupted;
        const image = values.image === undefined ? undefined : await imageCalled(api, values.image, signal);
        const input: CreateMachineInput = {
          namespace: values.namespace,
          name: all[0] ?? '',
          source: image ? { type: image.kind === 'iso' ? 'iso' : 'image', image: { namespace: image.namespace, name: image.name } } : { type: 'blank' },
          size,
          rootDisk: disk !== undefined || image?.kind !== 'disk' ? { size: disk ?? 10 * GiB } : {},
          cloudInit: image?.cloudInit ? { type: 'form', hostname: all[0], user: values.user ?? image.defaultUser, sshKeys: key } : { type: 'none' },
          start: !values['no-start'],
        }; // prettier-ignore
        return make(api, input, pattern, signal);
      }, 'Those that are begun are made to their end in Hearth; stop it there.');
    } finally {
      await close();
    }
  },
};

async function make(api: Api, input: CreateMachineInput, pattern: string, signal: AbortSignal): Promise<number> {
  if (!isPattern(pattern)) {
    const made = await api.machines.create(input);
    process.stdout.write(`${made.name}\n`);
    return exit.ok;
  }
  const { taskId, names } = await api.machines.createSeveral({ ...input, pattern });
  try {
    return await followTask(api, taskId, signal, { detail: 'Those that were made are there.', fix: 'Look at them, and make those that are missing.' }); // prettier-ignore
  } finally {
    const made = await madeBy(api, taskId);
    process.stdout.write(names.map((name) => `${name}: ${made.get(name) ?? 'not made'}\n`).join(''));
  }
}

/** How each of them ended, by name. */
async function madeBy(api: Api, taskId: string): Promise<Map<string, string>> {
  for await (const update of api.tasks.watch({}))
    if (update.type === 'snapshot') {
      const steps = update.items.find(({ id }) => id === taskId)?.steps ?? [];
      return new Map(steps.map(({ title, state, detail }) => [title, state === 'done' ? 'made' : `${state === 'failed' ? 'failed' : 'not made'}${detail === undefined ? '' : `: ${detail}`}`])); // prettier-ignore
    }
  return new Map();
}

/** Throws UsageError for a pattern that is none. Pure. */
export function namesWanted(pattern: string): string[] {
  if (!isPattern(pattern)) return [pattern];
  const found = namesOf(pattern);
  if (found.trouble === undefined) return found.names;
  throw new UsageError(`"${pattern}" is no pattern of names: one range such as web-{1..5}, upwards, at most 50 machines, lowercase letters, digits and dashes`); // prettier-ignore
}

function sizeOf(values: {
  size?: string | undefined;
  cpus?: string | undefined;
  memory?: string | undefined;
}): CreateMachineInput['size'] {
  if (values.cpus === undefined && values.memory === undefined) return { type: 'instancetype', name: values.size ?? 'u1.small' }; // prettier-ignore
  if (values.size !== undefined) throw new UsageError('give either --size, or --cpus and --memory');
  if (values.cpus === undefined || values.memory === undefined) throw new UsageError('--cpus and --memory go together');
  const memory = Math.round(positive('--memory', values.memory) * 1024) * 2 ** 20;
  return { type: 'free', sockets: 1, cores: Math.round(positive('--cpus', values.cpus)), threads: 1, memory };
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0) throw new UsageError(`${option} is a number above 0, not "${text}"`);
  return value;
}

/** The image of the library that is called so. Throws UsageError where there is none, or more than one, or it is not ready. */
async function imageCalled(api: Api, called: string, signal: AbortSignal): Promise<ImageRow> {
  for await (const update of api.images.watch({}, { signal })) {
    if (update.type !== 'snapshot') continue;
    const found = update.items.filter(({ name, displayName }) => name === called || displayName === called);
    const [image, another] = found;
    if (!image) throw new UsageError(`there is no image "${called}"; there are: ${update.items.map(({ name }) => name).join(', ') || 'none'}`); // prettier-ignore
    if (another)
      throw new UsageError(`several images are called "${called}": ${found.map(({ name }) => name).join(', ')}`);
    if (image.state !== 'ready') throw new UsageError(`the image "${called}" is not ready yet`);
    return image;
  }
  throw new UsageError('the target does not answer');
}

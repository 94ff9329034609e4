import { relative, resolve } from 'node:path';
import type { LabImport } from '../../contract/labs/labs.ts';
import { packExtension } from '../../backend/labs/packs/manifest.ts';
import { confirm } from '../appliance/ask.ts';
import { exit, readOptions, UsageError } from '../command.ts';
import { labArgument, openLab, withLabs } from './session.ts';

/** Writes a lab with what belongs to it into one file. */
export async function exportLab(args: string[]): Promise<number> {
  const { argument, rest } = labArgument(args);
  const [file, options] = rest[0] === undefined || rest[0].startsWith('-') ? [undefined, rest] : [rest[0], rest.slice(1)]; // prettier-ignore
  const values = readOptions(options, { 'data-dir': { type: 'string' }, 'embed-images': { type: 'boolean', default: false } }); // prettier-ignore
  return withLabs(values['data-dir'], 'It is written to its end by Hearth.', async (session) => {
    const { name, restore } = await openLab(session, argument);
    try {
      const path = resolve(file ?? `${name}.${packExtension}`);
      const code = await session.done(session.api.labs.export({ lab: name, path, images: values['embed-images'] }));
      if (code === exit.ok) process.stdout.write(`${relative('.', path) || path}\n`);
      return code;
    } finally {
      await restore();
    }
  });
}

/** Shows what a lab file or pack would make, asks, and keeps it as an own lab. Nothing of it is started. */
export async function importLab(args: string[]): Promise<number> {
  const [file, ...rest] = args;
  if (file === undefined || file.startsWith('-')) throw new UsageError('give a file');
  const values = readOptions(rest, { 'data-dir': { type: 'string' }, yes: { type: 'boolean', default: false } });
  return withLabs(values['data-dir'], undefined, async ({ api }) => {
    const found = await api.labs.import({ path: resolve(file) });
    process.stdout.write(about(found));
    if (!values.yes && !(await confirm(found.replaces ? 'Keep it instead of the one that is there?' : 'Keep it?', '--yes'))) return exit.failed; // prettier-ignore
    const { lab } = await api.labs.keep({ token: found.token });
    process.stdout.write(`${lab} is in the library. Start it:  hearth lab run ${lab}\n`);
    return exit.ok;
  });
}

const size = (bytes: number | undefined): string => (bytes === undefined ? 'size not told' : `${Math.ceil(bytes / 2 ** 20)} MiB`); // prettier-ignore

/** What a lab is and would make, for the terminal. Pure. */
export function about({ preview, findings, replaces }: LabImport): string {
  const { row, objects, images, memory, problems } = preview;
  return [
    `${row.title} (${row.name}, version ${row.version}, ${row.steps} steps, ${row.minutes} min)`,
    row.summary,
    ...(replaces ? [`It takes the place of ${row.name}, version ${replaces.version} (${replaces.origin}).`] : []),
    'Started, it makes:',
    ...objects.map(({ kind, name }) => `  ${kind} ${name}`),
    ...(images.length > 0 ? ['It uses:', ...images.map(({ name, from, size: bytes, there }) => `  ${name}: ${from}${there ? ', there' : `, ${size(bytes)}`}`)] : []), // prettier-ignore
    `It takes ${size(memory.wanted)} of memory${memory.free === undefined ? '' : `, ${size(memory.free)} are free`}.`,
    ...[...row.missing.map(({ what }) => what), ...problems.map(({ detail }) => detail)].map((each) => `It cannot be started here now: ${each}`), // prettier-ignore
    ...findings.map(({ line, message }) => `line ${line}: ${message}`),
    '',
  ].join('\n');
}

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** One look at everything, by the second of the run. */
export interface Sample {
  at: number;
  /** Machines that have come and gone so far. */
  machines: number;
  backend: ProcessSample;
  engine: ProcessSample;
  /** Processes of this Hearth, by what they are. */
  processes: Record<string, number>;
  /** Files in the data directory, and below /tmp or the runtime directory. */
  files: number;
  runFiles: number;
}
export interface ProcessSample {
  /** MiB. */
  rss: number;
  /** Live heap and memory outside of it after a collection, MiB; undefined until the first one. */
  heap: number | undefined;
  threads: number;
  sockets: number;
  /** Open descriptors of any kind. */
  descriptors: number;
}

const mib = 2 ** 20;
const gone = (error: unknown): boolean =>
  ['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '');
function orGone<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (gone(error)) return otherwise;
    throw error;
  }
}

/** What the descriptors of a process are: `socket`, `pipe`, `anon_inode:[eventpoll]`, or the path of a file. */
export const descriptorsOf = (pid: number): string[] =>
  orGone(() => readdirSync(`/proc/${pid}/fd`), []).flatMap((fd) =>
    orGone(() => [readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:\[\d+\]$/, '')], []),
  );

export const argvOf = (pid: number): string[] =>
  orGone(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'), []);

export function sampleProcess(pid: number, probes: string): ProcessSample {
  const status = orGone(() => readFileSync(`/proc/${pid}/status`, 'utf8'), '');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  const told = orGone(() => readFileSync(join(probes, `${pid}.json`), 'utf8'), undefined);
  const { heapUsed, external } = JSON.parse(told ?? '{}') as { heapUsed?: number; external?: number };
  const open = descriptorsOf(pid);
  return {
    rss: field('VmRSS') / 1024,
    heap: heapUsed === undefined ? undefined : (heapUsed + (external ?? 0)) / mib,
    threads: field('Threads'),
    sockets: open.filter((name) => name === 'socket').length,
    descriptors: open.length,
  };
}

/** Processes that name this data directory or one of its run folders, or descend from one that does: pid -> what it is. */
export function processesOf(places: readonly string[], roots: readonly number[]): ReadonlyMap<number, string> {
  const parents = new Map<number, number>();
  const found = new Map<number, string>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!pid || pid === process.pid) continue;
    const argv = argvOf(pid);
    const stat = orGone(() => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '', '');
    parents.set(pid, Number(stat.split(' ')[1]));
    if (argv.some((part) => places.some((place) => part.includes(place)))) found.set(pid, kindOf(argv));
  }
  const descends = (pid: number): boolean => {
    for (let each = parents.get(pid); each; each = parents.get(each)) if (roots.includes(each)) return true;
    return false;
  };
  for (const pid of parents.keys()) if (!found.has(pid) && descends(pid)) found.set(pid, 'other');
  return found;
}

const programs: readonly (readonly [kind: string, path: RegExp])[] = [
  ['engine', /engine\.js$|embedded\/main\.ts$/],
  ['switch', /switch\.js$|switch\/main\.ts$/],
  ['backend', /cli\.(js|ts)$/],
];
function kindOf(argv: readonly string[]): string {
  if (argv[0]?.includes('qemu-system')) return 'qemu';
  const program = argv.find((part) => /\.(js|ts)$/.test(part) && !part.startsWith('-'));
  // Built, or run from the sources.
  for (const [kind, path] of programs) if (program && path.test(program)) return kind;
  return program?.split('/').at(-1) ?? argv[0]?.split('/').at(-1) ?? 'other';
}

/** Every file below some folders, by its path within them. */
export const filesBelow = (folders: readonly string[]): string[] =>
  folders.flatMap((folder) =>
    orGone(() => readdirSync(folder, { recursive: true, withFileTypes: true }), [])
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name)),
  );

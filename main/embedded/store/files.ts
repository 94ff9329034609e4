import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { KubeObject } from '../kube/object.ts';
import type { ResourceType } from '../kube/resources.ts';
import { apiVersionOf } from '../kube/resources.ts';
import { unwritableText } from './unwritable.ts';
import { readYaml, writeYaml } from './yaml.ts';

/** As `mkdir -p`, mode 0700. Where the file system is read-only Node says ENOENT of that; the error thrown here says what it is. */
export const makeFolders = (folder: string): void => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(folder)) throw error;
    let missing = folder;
    while (!existsSync(dirname(missing))) missing = dirname(missing);
    mkdirSync(missing, { mode: 0o700 });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
};

/**
 * Writes a file whole or not at all (temporary file, then rename), mode 0600. `sync` also waits for the disk, so that
 * it survives a power cut; without it, it survives any death of this process.
 */
export const writeAtomic = (file: string, text: string, sync: boolean): void => {
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
  let handle: number;
  try {
    handle = openSync(temporary, 'w', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeFolders(dirname(file));
    handle = openSync(temporary, 'w', 0o600);
  }
  try {
    try {
      // Not writeSync: on a disk that is nearly full that one may write a part and say nothing.
      writeFileSync(handle, text);
      if (sync) fdatasyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
};

/**
 * Writes a small file as `writeAtomic`; where the disk is full, in the place of the old one, which needs no space. False
 * where that is not possible either. A reader of the file must take blanks at its end.
 */
export const writeAnyhow = (file: string, text: string): boolean => {
  try {
    writeAtomic(file, text, true);
    return true;
  } catch (error) {
    if (!unwritableText(error)) throw error;
    return overwrite(file, text);
  }
};

const overwrite = (file: string, text: string): boolean => {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r+');
    const { size } = fstatSync(handle);
    const data = Buffer.from(text);
    if (data.length > size) return false;
    writeSync(handle, Buffer.concat([data, Buffer.alloc(size - data.length, '\n')]), 0, size, 0);
    fdatasyncSync(handle);
    return true;
  } catch (error) {
    if (unwritableText(error) || (error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
};

export interface Loaded {
  type: ResourceType;
  object: KubeObject;
}

/** objects/<group|core>/<plural>/<namespace|_cluster>/<name>.yaml */
export class ObjectFiles {
  readonly root: string;
  private readonly quarantineFolder: string;
  private stayed = 0;
  readonly quarantined: { file: string; reason: string }[] = [];
  constructor(engineRoot: string, objects: string) {
    this.root = objects;
    this.quarantineFolder = join(engineRoot, 'quarantine');
  }
  fileOf(type: ResourceType, object: { metadata: { namespace?: string; name?: string } }): string {
    const { namespace, name } = object.metadata;
    return join(this.folderOf(type), namespace ?? '_cluster', `${name}.yaml`);
  }
  write(type: ResourceType, object: KubeObject, sync: boolean): void {
    if (!type.ephemeral) writeAtomic(this.fileOf(type, object), writeYaml(object), sync);
  }
  remove(type: ResourceType, object: { metadata: { namespace?: string; name?: string } }): void {
    if (!type.ephemeral) rmSync(this.fileOf(type, object), { force: true });
  }
  /** Everything on disk. A file that is no such object is set aside, with the reason, and stops nothing else. */
  *load(types: readonly ResourceType[]): Generator<Loaded> {
    for (const type of types) {
      if (type.ephemeral) continue;
      for (const folder of entries(this.folderOf(type))) {
        if (!folder.isDirectory()) continue;
        for (const entry of entries(join(this.folderOf(type), folder.name))) {
          const file = join(this.folderOf(type), folder.name, entry.name);
          // Left over from a write that was cut short: the file it was to replace is whole.
          if (entry.name.startsWith('.') && entry.name.endsWith('.tmp')) rmSync(file, { force: true });
          if (entry.name.startsWith('.') || !entry.name.endsWith('.yaml')) continue;
          const object = this.read(type, file, folder.name, entry.name.slice(0, -'.yaml'.length));
          if (object) yield { type, object };
        }
      }
    }
  }
  /** Moves a file out of the way and says why. */
  setAside(file: string, reason: string): void {
    const stamp = new Date().toISOString().replaceAll(':', '-');
    try {
      makeFolders(this.quarantineFolder);
      renameSync(file, join(this.quarantineFolder, `${stamp}_${relative(this.root, file).replaceAll(/[/\\]/g, '_')}`));
    } catch (error) {
      // A full disk: it stays where it is, and is no object either.
      if (!unwritableText(error)) throw error;
      this.stayed += 1;
    }
    this.quarantined.push({ file: relative(this.root, file), reason });
  }
  /** Nothing was ever written. */
  empty(): boolean {
    return entries(this.root).length === 0;
  }
  /** Files set aside at this start or an earlier one and not yet mended or removed by the user. */
  waiting(): number {
    return this.stayed + entries(this.quarantineFolder).length;
  }
  private folderOf(type: ResourceType): string {
    return join(this.root, type.group || 'core', type.plural);
  }
  private read(type: ResourceType, file: string, folder: string, name: string): KubeObject | undefined {
    try {
      const object = readYaml(readFileSync(file, 'utf8')) as Partial<KubeObject> | null;
      if (!object || typeof object !== 'object') throw new Error('the file holds no object');
      if (object.apiVersion !== apiVersionOf(type) || object.kind !== type.kind) {
        throw new Error(`expected ${apiVersionOf(type)} ${type.kind}, found ${object.apiVersion} ${object.kind}`);
      }
      const { metadata } = object;
      if (!metadata || typeof metadata !== 'object') throw new Error('the object has no metadata');
      if (metadata.name !== name)
        throw new Error(`metadata.name is "${metadata.name}", the file's name says "${name}"`);
      if ((metadata.namespace ?? '_cluster') !== folder) {
        throw new Error(`metadata.namespace is "${metadata.namespace}", the folder's name says "${folder}"`);
      }
      return object as KubeObject;
    } catch (error) {
      this.setAside(file, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}

const entries = (folder: string) => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    // A file in a folder's place holds no objects; it stops nothing else.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
};

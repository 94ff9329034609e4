import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from './files.ts';

interface StateFile {
  /** No resourceVersion above this one was ever handed out. */
  revision: number;
  /** Where the server listened last. */
  port?: number;
}

/** How many resource versions one write of state.json reserves. */
const blockSize = 1000;

/** DATA/engine/state.json: what must survive a restart and is no object. */
export class EngineState {
  private readonly file: string;
  private state: StateFile;
  private current: number;
  constructor(root: string) {
    this.file = join(root, 'state.json');
    this.state = read(this.file);
    this.current = this.state.revision;
  }
  /** The next resourceVersion; never given before, not even by a run that was killed. */
  nextRevision(): number {
    if (this.current >= this.state.revision) this.write({ ...this.state, revision: this.current + blockSize });
    return ++this.current;
  }
  /** At start: an object on disk already has this one. */
  raiseTo(revision: number): void {
    if (revision > this.current) this.current = revision;
  }
  get revision(): number {
    return this.current;
  }
  get port(): number | undefined {
    return this.state.port;
  }
  rememberPort(port: number): void {
    if (this.state.port !== port) this.write({ ...this.state, port });
  }
  private write(state: StateFile): void {
    writeAtomic(this.file, JSON.stringify(state), true);
    this.state = state;
  }
}

const read = (file: string): StateFile => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { revision: 0 };
    throw error;
  }
  try {
    const value = JSON.parse(text) as Partial<StateFile>;
    if (typeof value.revision !== 'number' || !Number.isSafeInteger(value.revision)) throw new TypeError('no revision');
    return { revision: value.revision, ...(typeof value.port === 'number' ? { port: value.port } : {}) };
  } catch {
    // Which versions were given is not known any more. The clock is ahead of any number of writes, so none comes twice.
    return { revision: Math.floor(Date.now() / 1000) };
  }
};

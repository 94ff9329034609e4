import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAnyhow } from './files.ts';

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
  private saved = true;
  /** `fresh`: no objects are there, it is the first start. */
  constructor(root: string, fresh: boolean) {
    this.file = join(root, 'state.json');
    this.state = read(this.file, fresh);
    this.current = this.state.revision;
  }
  /** The next resourceVersion; never given before, not even by a run that was killed. */
  nextRevision(): number {
    if (this.current >= this.state.revision) this.write({ ...this.state, revision: this.current + blockSize });
    else if (!this.saved) this.write(this.state);
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
    // Where nothing can be written the engine must still start: reading needs revisions too. With room for longer ones.
    this.saved = writeAnyhow(this.file, JSON.stringify(state).padEnd(64));
    this.state = state;
  }
}

/** `fresh`: there never was a state, so there never was a revision. */
const read = (file: string, fresh: boolean): StateFile => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { revision: fresh ? 0 : Date.now() * 1000 };
    throw error;
  }
  try {
    const value = JSON.parse(text) as Partial<StateFile>;
    if (typeof value.revision !== 'number' || !Number.isSafeInteger(value.revision)) throw new TypeError('no revision');
    const { revision, port } = value;
    // A number so high that the next block would not be exact any more was never given.
    if (revision < 0 || revision > 2 ** 52) throw new TypeError('no revision');
    const usable = typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536;
    return { revision, ...(usable ? { port } : {}) };
  } catch {
    // Which versions were given is not known any more. No engine writes once a microsecond (nor starts, and so reserves a
    // block, once a millisecond): such a clock is ahead of all that were given, and none comes twice.
    return { revision: Date.now() * 1000 };
  }
};

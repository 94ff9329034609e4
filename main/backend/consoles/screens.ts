import type { Duplex } from 'node:stream';
import { once } from 'node:events';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { BytePipe } from '../../contract/procedure.ts';
import { KubeError } from '../target/kube-error.ts';
import { pipeOf } from '../target/streams.ts';

/** What KubeVirt says to a newcomer that asked not to push anybody out (pkg/virt-handler/rest/console.go). */
const busy = /active VNC connection/i;
/** A viewer that left a moment ago may still count over there: asked again so many times. */
const tries = 4;
const againMs = 250;

interface Viewer {
  stream: Duplex;
  taken: boolean;
}

/** The screens of one target: who is in, and whom a newcomer pushes out. */
export interface Screens {
  /** `take` false: throws `console-taken` while somebody is in, of ours or a stranger. */
  open(ref: ObjectRef, take: boolean, signal: AbortSignal): Promise<BytePipe>;
}

/** `connect` opens the vnc subresource; with `preserve` it refuses while somebody is in. */
export function createScreens(
  connect: (ref: ObjectRef, preserve: boolean, signal: AbortSignal) => Promise<Duplex>,
): Screens {
  const viewers = new Map<string, Viewer>();
  return {
    async open(ref, take, signal) {
      const key = `${ref.namespace}/${ref.name}`;
      const before = viewers.get(key);
      if (before && !before.stream.destroyed && !take)
        throw consoleTaken('Another window of Hearth shows this screen.');
      if (before) await end(before, take);
      const stream = await connected(take);
      const viewer: Viewer = { stream, taken: false };
      // Two windows may have come at once: the later one has it now.
      const other = viewers.get(key);
      if (other && other !== before) other.taken = true;
      viewers.set(key, viewer);
      stream.once('close', () => {
        if (viewers.get(key) === viewer) viewers.delete(key);
      });
      return told(pipeOf(stream), viewer);

      async function connected(force: boolean): Promise<Duplex> {
        for (let attempt = 1; ; attempt += 1)
          try {
            return await connect(ref, !force, signal);
          } catch (error) {
            if (!(error instanceof KubeError) || !busy.test(error.problem.detail)) throw error;
            // Only our own viewer that just left is worth waiting for; a stranger stays.
            if (!before || attempt >= tries) throw consoleTaken('Somebody else is connected to this screen.', error);
            await new Promise((resolve) => setTimeout(resolve, againMs));
          }
      }
    },
  };
}

async function end(viewer: Viewer, taken: boolean): Promise<void> {
  viewer.taken = taken;
  if (viewer.stream.closed) return;
  const closed = once(viewer.stream, 'close');
  viewer.stream.destroy();
  await closed;
}

/** The pipe of a viewer, who is told when another one took the screen. */
function told(pipe: BytePipe, viewer: Viewer): BytePipe {
  const taken = (): ProblemError => consoleTaken('Another window of Hearth took this screen.');
  return {
    ...pipe,
    readable: {
      async *[Symbol.asyncIterator]() {
        try {
          yield* pipe.readable;
        } catch (error) {
          throw viewer.taken ? taken() : error;
        }
        if (viewer.taken) throw taken();
      },
    },
  };
}

const consoleTaken = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'console-taken',
      title: 'Somebody else has this screen now',
      detail,
      cause: 'A screen has one viewer at a time.',
      fix: 'Watch it without typing, or take it: the other one is disconnected.',
    },
    { cause },
  );

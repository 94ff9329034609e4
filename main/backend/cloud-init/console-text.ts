import { StringDecoder } from 'node:string_decoder';
import type { KubeObject } from '../../contract/kube.ts';
import type { BytePipe } from '../../contract/procedure.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { Consoles } from '../consoles/consoles.ts';
import { KubeError } from '../target/kube-error.ts';
import { kinds, pathOf } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';

/** Characters that are looked at; a first boot says less. */
const most = 512 * 1024;
/** How often new text is looked at, and how often silence is looked at for its age. */
const paceMs = 300;
const silenceMs = 15_000;
const pollMs = 4000;
/** Container in which KubeVirt keeps what the serial console said (since v1.1, unless it is switched off). */
const container = 'guest-console-log';

/**
 * What the serial console of a running instance has said so far, anew as more comes (and now and then without): from the log of
 * its pod where the target keeps one, which disturbs nobody, else from the console itself. Ends when the console does. `brief`: the
 * console is not kept open for it.
 */
export async function* consoleText(
  target: OpenTarget,
  consoles: Pick<Consoles, 'serial'>,
  ref: ObjectRef,
  vmi: KubeObject,
  signal: AbortSignal,
  brief = false,
): AsyncGenerator<string> {
  const pod = await logPod(target, ref, vmi);
  if (pod !== undefined) yield* podLog(target, ref, pod, signal);
  else yield* live(await consoles.serial(ref, brief), signal);
}

/** The instance's pod, where it keeps the console's log. */
async function logPod(target: OpenTarget, ref: ObjectRef, vmi: KubeObject): Promise<string | undefined> {
  try {
    const pods = await target.client.list(
      kinds.pods,
      ref.namespace,
      `kubevirt.io/created-by=${vmi.metadata.uid ?? ''}`,
    );
    const pod = pods.find(
      (each) =>
        pickText(each, 'status', 'phase') === 'Running' &&
        [...pickList(each, 'spec', 'containers'), ...pickList(each, 'spec', 'initContainers')].some(({ name }) => name === container), // prettier-ignore
    );
    return pod?.metadata.name;
  } catch (error) {
    // Pods may be none of this user's business, or there are none at all.
    if (error instanceof KubeError) return undefined;
    throw error;
  }
}

async function* podLog(target: OpenTarget, ref: ObjectRef, pod: string, signal: AbortSignal): AsyncGenerator<string> {
  const path = pathOf(kinds.pods, ref.namespace, pod, 'log');
  while (!signal.aborted) {
    try {
      // The beginning is what counts: the first boot stands there.
      const bytes = await target.client.bytes('GET', path, { signal, query: { container, limitBytes: String(most) } });
      yield bytes.toString('utf8');
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof KubeError)) throw error;
    }
    await pause(pollMs, signal);
  }
}

async function* live(pipe: BytePipe, signal: AbortSignal): AsyncGenerator<string> {
  const leave = (): void => pipe.close();
  signal.addEventListener('abort', leave);
  let text = '';
  let fresh = true;
  let over = false;
  let failure: unknown;
  let wake: (() => void) | undefined;
  const reading = (async () => {
    const decoder = new StringDecoder('utf8');
    try {
      for await (const chunk of pipe.readable) {
        text = (text + decoder.write(Buffer.from(chunk))).slice(-most);
        fresh = true;
        wake?.();
      }
    } catch (error) {
      failure = error;
    }
    over = true;
    wake?.();
  })();
  try {
    if (signal.aborted) return;
    const goesOn = (): boolean => !over && !signal.aborted;
    while (goesOn()) {
      if (!fresh) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), pause(silenceMs, signal)]);
      await pause(paceMs, signal);
      fresh = false;
      yield text;
    }
    if (failure !== undefined && !signal.aborted) throw failure;
  } finally {
    signal.removeEventListener('abort', leave);
    leave();
    await reading;
  }
}

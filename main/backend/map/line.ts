import type { LineResult, LineStep, LineWish } from '../../contract/map.ts';
import { asProblem } from '../../contract/problem.ts';
import { openUser, wayIn } from '../faults/guest.ts';
import type { GuestKeys } from '../faults/guest.ts';
import { runInPod } from '../target/exec.ts';
import type { OpenTarget } from '../target/target.ts';
import { askFar, common, endOf } from './ends.ts';
import type { End } from './ends.ts';
import { readTried, tryScript } from './try-script.ts';
import type { Tried } from './try-script.ts';

/** Milliseconds for the whole of it, and for the login that it may take. */
const limitMs = 30_000;

const step = (id: LineStep['id'], state: LineStep['state'], says: string, fix?: string): LineStep => ({ id, state, says, ...(fix && { fix }) }); // prettier-ignore

/** Tries a line. Throws KubeError where the target does not answer; all else that goes wrong is a step that failed. */
export async function testLine(
  target: OpenTarget,
  keys: GuestKeys,
  wish: LineWish,
  called: AbortSignal,
): Promise<LineResult> {
  const signal = AbortSignal.any([called, AbortSignal.timeout(limitMs)]);
  const [from, to] = await Promise.all([endOf(target, wish.from, signal), endOf(target, wish.to, signal)]);
  const steps: LineStep[] = [];
  if (from) steps.push(from.off ? step('from', 'failed', from.off.says, from.off.fix) : step('from', 'ok', `${from.name} runs.`)); // prettier-ignore
  if (to) steps.push(to.off ? step('to', 'failed', to.off.says, to.off.fix) : step('to', 'ok', `${to.name} runs.`));
  if (from?.off || to?.off) return result(steps);
  if (!from) {
    if (!to) return result([...steps, step('network', 'failed', 'An address is tried from a machine or a container, not from outside.', 'Choose who is to try it.')]); // prettier-ignore
    return result([...steps, await askFar(target, to, wish.port, signal)]);
  }
  const met = to && meet(from, to);
  if (met) steps.push(met.step);
  if (met && met.address === undefined) return result(steps, met);
  const address = met?.address ?? (wish.to.kind === 'address' ? wish.to.address : '');
  const more = { address, ...(met?.network !== undefined && { network: met.network }) };
  const tried = await tryFrom(target, keys, from, address, wish.port, signal);
  if ('why' in tried) {
    steps.push(tried.why);
    if (to) steps.push(await askFar(target, to, wish.port, signal));
    return result(steps, more);
  }
  steps.push(...inSteps(tried, from.name, to?.name ?? address, address, wish.port));
  // A closed port and a broken way look the same from here: the target itself asks the other end.
  if (to && tried.tcp !== 'open') steps.push(await askFar(target, to, wish.port, signal));
  return result(steps, more);
}

/** Reached where the port was opened from where it was asked; a line that cannot be tried from there is not. */
function result(steps: LineStep[], more: Partial<Pick<LineResult, 'network' | 'address'>> = {}): LineResult {
  const broken = steps.find(({ state }) => state === 'failed')?.id;
  const asked = steps.some(({ id, state }) => state === 'ok' && (id === 'port' || (id === 'far' && !steps.some((each) => each.id === 'way')))); // prettier-ignore
  const { network, address } = more;
  return {
    reached: asked && broken === undefined,
    steps,
    ...(broken && { broken }),
    ...(network !== undefined && { network }),
    ...(address !== undefined && { address }),
  };
}

/** The network that both are on, and the other's address there. */
function meet(from: End, to: End): { step: LineStep; network?: string; address?: string } {
  const names = ({ cards }: End): string => [...new Set(cards.map(({ network }) => (network === 'pod' ? 'the pod network' : network)))].join(', ') || 'no network'; // prettier-ignore
  const found = common(from, to);
  if (!found)
    return { step: step('network', 'failed', `${from.name} is on ${names(from)}, ${to.name} on ${names(to)}: they have none in common.`, `Put ${from.name} on a network of ${to.name}, or go through a forwarded port.`) }; // prettier-ignore
  const { network } = found.to;
  const pulled = found.from.unplugged ? from : found.to.unplugged ? to : undefined;
  if (pulled)
    return { network, step: step('network', 'failed', `The cable of ${pulled.name} to ${network === 'pod' ? 'the pod network' : network} is pulled.`, 'Plug it in on the page Network of the machine.') }; // prettier-ignore
  if (found.to.address === undefined)
    return { network, step: step('network', 'failed', `${to.name} has no address on ${network === 'pod' ? 'the pod network' : network} yet.`, 'Give it a moment to boot; on a network that gives out no addresses set one inside the guest.') }; // prettier-ignore
  return { network, address: found.to.address, step: step('network', 'ok', `Both are on ${network === 'pod' ? 'the pod network' : network}; ${to.name} has ${found.to.address} there.`) }; // prettier-ignore
}

async function tryFrom(target: OpenTarget, keys: GuestKeys, from: End, address: string, port: number, signal: AbortSignal): Promise<Tried | { why: LineStep }> {
  const script = tryScript(address, port);
  const unknown = (says: string, fix: string): { why: LineStep } => ({ why: step('way', 'unknown', says, fix) });
  try {
    if (from.pod) {
      const { out, code, message } = await runInPod(target.client, { ...from.pod, command: ['/bin/sh', '-c', script] }, signal);
      if (code === 0) return readTried(out);
      return unknown(`No command runs in ${from.pod.name}: ${message ?? `it ended with ${code}`}.`, 'Its image has no shell: try from another Pod, or add one beside it with kubectl debug.');
    }
    if (!from.machine) throw new Error('a line has an end that is neither');
    const way = await wayIn(target, from.machine.vm, keys);
    if ('why' in way) return unknown(way.why, 'The other end is asked by the target itself instead.');
    const shell = await openUser(target, from.machine, way, signal);
    try {
      return readTried((await shell.run(script, signal)).out);
    } finally {
      shell.end();
    }
  } catch (error) {
    if (signal.aborted) return unknown(`${from.name} did not let Hearth in in time.`, 'Give it a moment to boot, and try again.');
    const { title, detail, kind } = asProblem(error);
    if (kind === 'cancelled') throw error;
    return unknown(`Hearth cannot try from inside ${from.name}: ${title}. ${detail}`, 'The other end is asked by the target itself instead.');
  }
} // prettier-ignore

function inSteps({ ping, tcp }: Tried, from: string, to: string, address: string, port: number): LineStep[] {
  const name = (): LineStep => step('reach', 'failed', `${from} knows no ${address}: its name is not answered.`, 'Use the address, or see which DNS server the guest asks.'); // prettier-ignore
  if (ping === 'unknown-name' || tcp === 'unknown-name') return [name()];
  const reach =
    ping === 'ok'
      ? [step('reach', 'ok', `${address} answers ${from}.`)]
      : tcp === 'open' || tcp === 'refused'
        ? [step('reach', 'ok', `${address} answers ${from}${ping === 'lost' ? ', though not to a ping' : ''}.`)]
        : ping === 'lost'
          ? [step('reach', 'failed', `Nothing comes back from ${address} to ${from}.`, `See whether ${to} has booted and has that address inside the guest, and whether a firewall or a fault drops packets between them.`)] // prettier-ignore
          : [];
  if (tcp === 'none')
    return [...reach, step('port', 'unknown', `There is nothing in ${from} to try a port with (bash, nc, curl or wget).`)]; // prettier-ignore
  const says = {
    open: step('port', 'ok', `Port ${port} of ${to} takes connections from ${from}.`),
    refused: step('port', 'failed', `${to} refuses connections on port ${port}: nothing listens there.`, 'Start the program that is to listen there, on 0.0.0.0 rather than 127.0.0.1, or choose its port.'), // prettier-ignore
    silent: step('port', 'failed', `Port ${port} of ${to} does not answer ${from}.`, 'A firewall in the guest, or a rule between them, drops it without a word.'), // prettier-ignore
  } as const;
  return [...reach, says[tcp]];
}

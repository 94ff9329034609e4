import type { KubeObject } from '../../../contract/kube.ts';
import { pickList, pickText } from '../../target/pick.ts';
import { runningInstance } from './instance.ts';
import { failed, passed, trouble } from './look-types.ts';
import type { Looker } from './look-types.ts';
import { runInGuest } from './ssh.ts';

/** Seconds that an answer may take. */
const patience = 2;

/** From inside one guest to another, or to an address. Of a machine of the lab the address on a network of both is taken. */
export const lookByPing: Looker<'ping'> = async ({ from, to, count, loss }, context, signal) => {
  const first = await runningInstance(context, from, signal);
  if (first.off !== undefined) return failed(first.off);
  const other = await runningInstance(context, to, signal);
  const address = (other.instance && commonAddress(first.instance, other.instance)) ?? to;
  if (!/^[A-Za-z0-9][A-Za-z0-9.:_-]*$/.test(address)) return trouble(`${to} is neither a name nor an address.`);
  // By its path: busybox's shell prefers a ping of its own, which has not the rights of the file.
  const command = `p=$(which ping 2>/dev/null); "\${p:-ping}" -c ${count} -W ${patience} ${address} 2>&1`;
  const { ran, why } = await runInGuest(context, from, { command }, signal);
  if (!ran) return failed(why);
  const found = readPing(ran.out);
  if (found.unknown) return failed(`${from} knows no ${to}: its name is not answered.`);
  const said = ran.out.trim().split('\n').at(-1) ?? '';
  const { atLeast = 0, atMost = 100 } = loss;
  if (found.loss === undefined) {
    if (!/unreachable|no route/i.test(said)) return trouble(`${from} cannot ping: ${said || 'it says nothing'}.`);
    return atMost >= 100 ? passed : failed(`${from} has no way to ${to}: ${said}.`);
  }
  if (found.loss >= atLeast && found.loss <= atMost) return passed;
  const bound = found.loss > atMost ? `at most ${atMost} % may be` : `at least ${atLeast} % have to be`;
  return failed(`From ${from} to ${to} ${found.loss} % of ${count} packets were lost; ${bound}.`);
};

/** What `ping` of busybox and of iputils says. `loss` in percent. Pure. */
export function readPing(text: string): { loss?: number; unknown: boolean } {
  const loss = /([\d.]+)\s*% packet loss/.exec(text)?.[1];
  const unknown = /bad address|unknown host|name or service not known|name resolution|not known/i.test(text);
  return { ...(loss !== undefined && { loss: Number(loss) }), unknown: loss === undefined && unknown };
}

/** The address of `other` on a network that both have; a private one before the pod network. Pure. */
export function commonAddress(one: KubeObject, other: KubeObject): string | undefined {
  const mine = new Set(networksOf(one).map(({ network }) => network));
  return networksOf(other)
    .filter(({ network, address }) => address !== undefined && mine.has(network))
    .toSorted((a, b) => Number(a.network === pod) - Number(b.network === pod))[0]?.address;
}

const pod = '';
function networksOf(instance: KubeObject): { network: string; address: string | undefined }[] {
  const states = pickList(instance, 'status', 'interfaces');
  return pickList(instance, 'spec', 'networks').map((network) => {
    const state = states.find((each) => each['name'] === network['name']);
    const name = pickText(network, 'multus', 'networkName');
    return {
      network: name === undefined ? pod : (name.split('/').at(-1) ?? name),
      address: pickText(state, 'ipAddress')?.split('/')[0],
    };
  });
}

import type { Cure } from '../../../contract/why.ts';
import { pickText } from '../../target/pick.ts';
import { bytesQuantity, quantity } from '../../target/quantity.ts';
import { cause, page } from '../cause.ts';
import { asAsked, eventsOf, failures, listOf, nameOf } from '../sources.ts';
import type { WhySources } from '../sources.ts';

/** Kubernetes: `pods "x" is forbidden: exceeded quota: NAME, requested: a=1,b=2, used: a=3, limited: a=4` */
const words = /exceeded quota: ([^,\s]+), requested: (\S+), used: (\S+), limited: (\S+)/;

interface Exceeded {
  says: string;
  quota: string;
  over: { resource: string; requested: number; used: number; limit: number; text: string }[];
}
const amounts = (text: string): Map<string, string> =>
  new Map(text.split(',').flatMap((part): [string, string][] => {
    const at = part.indexOf('=');
    return at < 0 ? [] : [[part.slice(0, at), part.slice(at + 1)]];
  })); // prettier-ignore

function exceeded(sources: WhySources): Exceeded | undefined {
  // Events of an earlier try outlive it.
  if (asAsked(sources) || pickText(sources.vmi, 'status', 'phase') === 'Running') return undefined;
  const events = eventsOf(sources).filter((each) => pickText(each, 'type') === 'Warning').map((each) => pickText(each, 'message') ?? ''); // prettier-ignore
  const says = [...failures(sources), ...events.slice(0, 3)].find((text) => words.test(text));
  const [, quota = '', asked = '', used = '', limited = ''] = words.exec(says ?? '') ?? [];
  if (says === undefined) return undefined;
  const [taken, limits] = [amounts(used), amounts(limited)];
  const over = [...amounts(asked)].map(([resource, text]) => ({
    resource,
    text,
    requested: quantity(text) ?? 0,
    used: quantity(taken.get(resource)) ?? 0,
    limit: quantity(limits.get(resource)) ?? Number.POSITIVE_INFINITY,
  }));
  return { says, quota, over: over.filter((each) => each.used + each.requested > each.limit) };
}

/** Enough for what is there and what is asked for, in the unit of the resource. */
function raised({ resource, requested, used }: Exceeded['over'][number]): string {
  const sum = requested + used;
  if (/memory|storage/.test(resource)) return bytesQuantity(Math.ceil(sum / 2 ** 20) * 2 ** 20);
  return Number.isInteger(sum) ? String(sum) : `${Math.ceil(sum * 1000)}m`;
}

export const overQuota = cause({
  id: 'quota',
  title: 'The namespace may use no more',
  evidence: exceeded,
  explain({ says, quota, over }, sources) {
    const { namespace = '' } = sources.vm.metadata;
    const others = listOf(sources, 'instances').filter((each) => each.metadata.namespace === namespace && pickText(each, 'status', 'phase') === 'Running'); // prettier-ignore
    const cures: Cure[] = [
      ...over.slice(0, 3).map((each) => ({
        label: `Raise ${each.resource} to ${raised(each)}`,
        detail: `In the ResourceQuota ${quota}, for everybody in ${namespace}.`,
        asks: 'Whoever set this limit may have had a reason.',
        action: { type: 'raiseQuota' as const, quota, resource: each.resource, to: raised(each) },
      })),
      ...others.slice(0, 3).map((each) => ({
        label: `Shut down ${nameOf(each)}`,
        asks: `${nameOf(each)} is asked to shut down. It stays off until it is started again.`,
        action: { type: 'stopMachine' as const, machine: { namespace, name: nameOf(each) } },
      })),
      page('Change its size', `/machines/${namespace}/${nameOf(sources.vm)}/hardware`),
    ];
    return {
      short: says,
      steps: [
        { object: `VirtualMachineInstance ${nameOf(sources.vm)}`, says },
        {
          object: `ResourceQuota ${quota}`,
          says: over.length > 0
            ? over.map(({ resource, used, requested, limit }) => `${resource}: ${amount(resource, used)} used and ${amount(resource, requested)} asked for, of ${amount(resource, limit)}`).join('; ') + '.'
            : 'It limits what the namespace may use.',
        },
      ],
      cures,
    }; // prettier-ignore
  },
});
const amount = (resource: string, value: number): string =>
  /memory|storage/.test(resource) ? bytesQuantity(value) : String(value);

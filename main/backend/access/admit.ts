import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { hasLimits } from '../../contract/quotas.ts';
import type { Amounts, Limits } from '../../contract/quotas.ts';
import { imageNamespace } from '../images/manifest.ts';
import { turnsByKey } from '../shared-file.ts';
import { acting } from '../target/acting.ts';
import type { Acting, Write } from '../target/acting.ts';
import type { KubeClient } from '../target/client.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pick, pickText } from '../target/pick.ts';
import { theComputer } from './owners.ts';
import { overQuota } from './problems.ts';
import { broken, comingAnnotation, diskSize, keyIn, machineOf, ownerIn, ownerLabel, used } from './stock.ts';
import type { LabOwner, Machine, Stock } from './stock.ts';
import { keepMark, marked, withoutMark } from './mark.ts';
import { createTypes, orNone, takeStock } from './take-stock.ts';
import { keepSizes, typeIn } from './type-writes.ts';
import type { TypeRef } from './type-writes.ts';
import { weigh } from './weigh.ts';

/** Who acts: a person with an id; undefined: whoever sits at the computer, whose things count for nobody, as an admin's. */
export interface Maker {
  id: string;
  role: string;
}
export interface AdmissionParts {
  /** Whether anybody has limits at all: else nothing is read that nobody needs. */
  any(): boolean;
  /** Of a person; undefined: there is nobody of that id. */
  limits(id: string): Promise<{ name: string; limits: Limits } | undefined>;
  /** Whose a lab is on the target that calls go to. */
  labOwner: LabOwner;
}

const counted: ReadonlyMap<string, string> = new Map(
  [kinds.virtualMachines, kinds.virtualMachineInstances, kinds.dataVolumes, kinds.persistentVolumeClaims, kinds.virtualMachineClones, kinds.virtualMachineRestores].map(({ group, plural }) => [`${group}/${plural}`, plural]),
); // prettier-ignore

/** What of a request counts: its kind, and the object that it is about. Pure. */
function aim({ method, path }: Write): { plural: string; namespace: string; name: string } | undefined {
  const [, group = '', namespace = '', plural = '', name = '', more] = /^\/apis?(?:\/([^/]+))?\/v[^/]+\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?(\/.*)?$/.exec(path) ?? []; // prettier-ignore
  if (!counted.has(`${group}/${plural}`) || more !== undefined || method === 'DELETE') return undefined;
  return { plural, namespace: decodeURIComponent(namespace), name: decodeURIComponent(name) };
}

/**
 * What stands before each request by which machines and disks come to be or grow: whoever makes one is written onto it, and
 * where they have limits what they have is added up first. One person's turns come one after the other, so that two at the
 * same moment cannot both have the last of it. In a lab, too, what somebody makes is theirs, whoever started the lab. What is
 * made past Hearth (kubectl) is not seen before; it counts all the same where it carries the mark or is in the namespace of a lab.
 */
export function createAdmission(parts: AdmissionParts): (maker: Maker | undefined) => Required<Pick<Acting, 'admit' | 'foresee' | 'own'>> {
  const turns = turnsByKey();
  const theirs: LabOwner = (namespace) => parts.labOwner(namespace);

  /** Throws where what would be is more than this person may have. */
  async function judge(person: string, limits: { name: string; limits: Limits }, stock: Stock, then: Stock): Promise<void> {
    const [before, after] = [used(stock, person, theirs), used(then, person, theirs)];
    const over = broken(limits.limits, before, after);
    if (over.length > 0) throw overQuota(limits.name, over, limits.limits, before, after);
  }
  /** Runs in the turn of a person who has limits, after `then` was judged; at once for everybody else. */
  async function within<T>(person: string | undefined, client: KubeClient, then: (stock: Stock) => Promise<Stock>, run: () => Promise<T>): Promise<T> {
    const found = person === undefined || person === theComputer || !parts.any() ? undefined : await parts.limits(person);
    if (person === undefined || !found || !hasLimits(found.limits)) return run();
    return turns(person, async () => {
      const stock = await takeStock(client);
      await judge(person, found, stock, await then(stock));
      return run();
    });
  }

  async function make<T>(maker: Maker | undefined, write: Write, at: { plural: string; namespace: string }, send: (body: unknown) => Promise<T>): Promise<T> {
    const { client } = write;
    const isDisk = at.plural === kinds.dataVolumes.plural || at.plural === kinds.persistentVolumeClaims.plural;
    // Images are everybody's.
    if (isDisk && at.namespace === imageNamespace) return send(withoutMark(write.body as KubeObject));
    const free = maker === undefined || maker.role === 'admin';
    const given = write.body as KubeObject;
    const object = { ...given, metadata: { ...given.metadata, namespace: at.namespace } };
    if (free) return send(withoutMark(given, true));
    const isBack = at.plural === kinds.virtualMachineRestores.plural;
    const there = isBack ? await client.get(kinds.virtualMachines, at.namespace, pickText(given, 'spec', 'target', 'name') ?? '').catch(orNone) : undefined; // prettier-ignore
    // A machine that is brought back stays whose it is.
    const person = there ? (ownerIn(there) ?? theirs(at.namespace)) : maker.id;
    let body = marked(given, maker.id);
    return within(
      person,
      client,
      async (stock) => {
        if (at.plural === kinds.virtualMachineClones.plural || at.plural === kinds.virtualMachineRestores.plural) {
          const { later, amounts } = await weigh(client, stock, object, maker.id);
          if (amounts) body = withComing(body, amounts);
          return later;
        }
        return withObject(client, stock, at.plural, await asMade(write, body), person);
      },
      () => send(body),
    );
  }
  async function change<T>(maker: Maker | undefined, write: Write, at: { plural: string; namespace: string; name: string }, send: (body: unknown) => Promise<T>): Promise<T> {
    const { client, method, contentType } = write;
    const free = maker === undefined || maker.role === 'admin';
    const apply = contentType?.includes('apply') ?? false;
    const kind = Object.values(kinds).find(({ plural }) => plural === at.plural);
    const limited = parts.any();
    // Nobody's mark is touched by a change that does not speak of labels, and nothing grows by one without a spec.
    if (free && !apply) return send(write.body);
    if (!kind || (method === 'PATCH' && !apply && !limited && !JSON.stringify(write.body).includes('abels'))) return send(write.body); // prettier-ignore
    const now = await client.get(kind, at.namespace, at.name).catch(orNone);
    // An apply makes what is not there.
    if (!now) return apply ? make(maker, write, at, send) : send(write.body);
    const body = keepMark(write, ownerIn(now));
    if (free || !touchesSpec(write)) return send(body);
    const person = ownerIn(now) ?? (limited ? await userOf(client, at) : undefined) ?? theirs(at.namespace);
    return within(person, client, async (stock) => withObject(client, stock, at.plural, await asMade(write, body), person), () => send(body)); // prettier-ignore
  }

  async function changeType<T>(maker: Maker | undefined, write: Write, type: TypeRef, send: (body: unknown) => Promise<T>): Promise<T> {
    if (maker === undefined || maker.role === 'admin' || !parts.any()) return send(write.body);
    // In the turn of whoever asks: a machine of the type that they make meanwhile is there, or waits.
    return turns(maker.id, async () => {
      await keepSizes(write.client, type, async () => (write.method === 'DELETE' ? undefined : asMade(write, write.body)), parts);
      return send(write.body);
    });
  } // prettier-ignore

  return (maker) => ({
    async admit(write, send) {
      const type = typeIn(write);
      if (type) return changeType(maker, write, type, send);
      const at = aim(write);
      if (!at) return send(write.body);
      return write.method === 'POST' ? make(maker, write, at, send) : change(maker, write, at, send);
    },
    async foresee(client, objects, times = 1) {
      if (maker === undefined || maker.role === 'admin') return;
      const person = maker.id;
      const then = async (stock: Stock): Promise<Stock> => {
        let next = stock;
        for (let n = 0; n < times; n += 1)
          for (const object of objects) {
            const plural = Object.values(kinds).find(({ kind }) => kind === object.kind)?.plural ?? '';
            const one = n === 0 ? object : another(object, n);
            const there = stock.machines.get(keyIn(one.metadata.namespace ?? '', one.metadata.name ?? ''));
            // What is there stays whose it is.
            next = await withObject(client, next, plural, one, there ? there.owner : person);
          }
        return next;
      };
      // Nothing is made by it, so it needs no turn of its own; it takes one all the same, to see what is under way.
      await within(person, client, then, async () => undefined);
    },
    async own(client, machine) {
      await markMade(client, machine, maker === undefined || maker.role === 'admin' ? undefined : maker.id);
    },
  });
} // prettier-ignore

/** What a request would make of its object, as the target itself sees it: it fills in what was left out. */
function asMade({ client, method, path, query, contentType }: Write, body: unknown): Promise<KubeObject> {
  return client.json<KubeObject>(method, path, { query: { ...query, dryRun: 'All' }, body, ...(contentType !== undefined && { contentType }) }); // prettier-ignore
}

/** The stock with this object in it, in place of the one that is there. */
async function withObject(client: KubeClient, stock: Stock, plural: string, object: KubeObject, person: string | undefined): Promise<Stock> {
  const key = keyIn(object.metadata.namespace ?? '', object.metadata.name ?? `new ${stock.machines.size + stock.disks.size}`);
  if (plural === kinds.virtualMachines.plural || plural === kinds.virtualMachineInstances.plural) {
    const machine: Machine = { ...machineOf(object, await createTypes(client)(object)), owner: person };
    return { ...stock, machines: new Map(stock.machines).set(key, machine) };
  }
  if (plural !== kinds.dataVolumes.plural && plural !== kinds.persistentVolumeClaims.plural) return stock;
  // Without a size it will be as large as what it is a copy of.
  const from = pick(object, 'spec', 'source', 'pvc');
  const copied = stock.disks.get(keyIn(pickText(from, 'namespace') ?? object.metadata.namespace ?? '', pickText(from, 'name') ?? ''));
  const known = stock.disks.get(key);
  const size = Math.max(known?.size ?? 0, diskSize(object) || (copied?.size ?? 0));
  return { ...stock, disks: new Map(stock.disks).set(key, { owner: person, size }) };
} // prettier-ignore

/** The same object under another name, with disks of its own. Pure. */
function another(object: KubeObject, n: number): KubeObject {
  const copy = structuredClone(object);
  copy.metadata.name = `${copy.metadata.name ?? ''} ${n}`;
  const templates = pick(copy, 'spec', 'dataVolumeTemplates');
  if (Array.isArray(templates)) for (const each of templates as { metadata: { name: string } }[]) each.metadata.name += ` ${n}`; // prettier-ignore
  return copy;
}

const withComing = (object: KubeObject, amounts: Amounts): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: { ...object.metadata.annotations, [comingAnnotation]: JSON.stringify(amounts) },
  },
});

/** Whether a change can make anything larger. A start or a stop is none, nor is what only says something. Pure. */
function touchesSpec({ method, contentType, body }: Write): boolean {
  if (method !== 'PATCH' || contentType?.includes('json-patch')) return true;
  const spec = pick(body, 'spec');
  return typeof spec === 'object' && spec !== null && Object.keys(spec).some((key) => key !== 'runStrategy' && key !== 'running'); // prettier-ignore
}

/** Whose a disk without a mark is: the one's of the DataVolume that it is of, or the machine's that uses it. */
async function userOf(client: KubeClient, { plural, namespace, name }: { plural: string; namespace: string; name: string }): Promise<string | undefined> {
  if (plural !== kinds.dataVolumes.plural && plural !== kinds.persistentVolumeClaims.plural) return undefined;
  const volume = await client.get(kinds.dataVolumes, namespace, name).catch(orNone);
  if (volume && ownerIn(volume) !== undefined) return ownerIn(volume);
  const vms = await client.list(kinds.virtualMachines, namespace);
  return vms.filter((vm) => machineOf(vm, undefined).claims.includes(name)).map(ownerIn).find((owner) => owner !== undefined);
} // prettier-ignore

/** What a controller made of a clone or a restore: its machine and disks get the mark, and what was to come is there. */
async function markMade(client: KubeClient, { namespace, name }: ObjectRef, owner: string | undefined): Promise<void> {
  const patch = { metadata: { labels: { [ownerLabel]: owner ?? null } } };
  const vm = await client.get(kinds.virtualMachines, namespace, name);
  if (ownerIn(vm) === owner) return;
  const who = acting.getStore();
  // Past the wall, which would leave the mark as it is.
  await acting.run({ sent: (request) => who?.sent(request) }, () => markAll(client, vm, patch));
}
async function markAll(client: KubeClient, vm: KubeObject, patch: object): Promise<void> {
  const { namespace = '', name = '' } = vm.metadata;
  for (const claim of machineOf(vm, undefined).claims)
    for (const kind of [kinds.dataVolumes, kinds.persistentVolumeClaims])
      await client.patch(kind, { namespace, name: claim }, patch).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  await client.patch(kinds.virtualMachines, { namespace, name }, patch);
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Appliance, KnownTrouble, RungState } from '../../contract/appliance.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import { recognise } from '../../../provisioning/failures/recognise.ts';
import type { PlaceObservation } from '../../../provisioning/ladder/observations.ts';
import { upgradesFrom } from '../../../provisioning/versions.ts';
import { certificates } from './certificates.ts';
import type { Cluster } from './cluster/cluster.ts';
import { observe } from './observe.ts';
import { addressesOf, clockOff, clockSynchronised, diskOf, ownTroubles } from './own-checks.ts';
import type { Place } from './place.ts';
import type { ApplianceRecord } from './record.ts';

type ClusterLook = Awaited<ReturnType<Cluster['look']>>;

/** What one look needs; each of them may be missing, and the rest is told all the same. */
export interface LookAt {
  record: ApplianceRecord;
  /** Folder of the appliance. */
  folder: string;
  place: Place | undefined;
  cluster: Cluster | undefined;
  taskId: string | undefined;
  /** Why the place cannot be reached. */
  problem?: Problem | undefined;
  signal: AbortSignal;
}

/** The record alone, with nothing looked at: what a page sees at once. */
export function fromRecord(record: ApplianceRecord, taskId: string | undefined, before?: Appliance): Appliance {
  return {
    ...before,
    id: record.id,
    name: record.name,
    place: record.placeTitle,
    placeType: record.place.type,
    ...reachedBy(record.place),
    state: record.state === 'half' ? (taskId ? 'installing' : 'half') : (before?.state ?? 'unknown'),
    settings: record.settings,
    versions: withoutUndefined(record.versions),
    upgrades: upgradesOf(record),
    ladder: before?.ladder ?? record.ladder.map(withoutUndefined),
    troubles: before?.troubles ?? [],
    certificates: before?.certificates ?? [],
    use: before?.use ?? [],
    disk: before?.disk,
    datastore: before?.datastore ?? { kind: record.settings.etcd ? 'etcd' : 'sqlite' },
    nodes: before?.nodes ?? [],
    backups: record.backups,
    ...(taskId ? { taskId } : {}),
    at: before?.at ?? record.updatedAt,
  };
}

/** What a form for its password is filled with. */
function reachedBy(place: ApplianceRecord['place']): Pick<Appliance, 'ssh'> {
  if (place.type === 'local') return {};
  const { host, port, user, auth } = place;
  return { ssh: { host, port, user, ...auth } };
}

/** The whole of an appliance as it is now. Never throws because something is down: that is what it tells. */
export async function look(at: LookAt): Promise<Appliance> {
  const { record, place, cluster, taskId, signal } = at;
  const kubeconfig = join(at.folder, 'kubeconfig');
  const [seen, seenCluster, dates] = await Promise.all([
    place && lookAtPlace(place, record, signal),
    cluster?.look({ signal }),
    existsSync(kubeconfig) ? certificates(kubeconfig) : [],
  ]);
  const problem = at.problem ?? seen?.error;
  const node = seenCluster?.nodes.find((each) => each.thisOne);
  const { taskId: _old, problem: _before, ...base } = fromRecord(record, taskId);
  return {
    ...base,
    ...(taskId && { taskId }),
    ...(problem && { problem }),
    state: stateOf(record, taskId, seen?.observation, seenCluster),
    versions: { ...withoutUndefined(record.versions), ...withoutUndefined(seenCluster?.versions ?? {}) },
    ladder: seenCluster ? withSmoke(seenCluster.ladder, record.ladder) : base.ladder,
    troubles: troublesOf(seen, seenCluster, [
      ...ownTroubles({
        certificates: dates,
        disk: seen?.disk,
        addresses: seen?.addresses,
        node,
        nodes: seenCluster?.nodes,
        clock: seen?.clock,
        clockOff: seen?.clockOff,
      }),
    ]),
    certificates: dates,
    use: seenCluster?.use ?? [],
    disk: seen?.disk,
    datastore: { kind: seenCluster?.datastore ?? base.datastore.kind },
    nodes: seenCluster?.nodes ?? [],
    at: new Date().toISOString(),
  };
}

/** A first machine is not tried at a look: while everything below it holds, what the last try told stands. */
export function withSmoke(seen: readonly RungState[], tried: ApplianceRecord['ladder']): RungState[] {
  const before = tried.find(({ id }) => id === 'smoke');
  const holds = seen.every(({ state }) => state === 'pass' || state === 'skipped' || state === 'unknown');
  const up = holds && seen.some(({ id, state }) => id === 'readyz' && state === 'pass');
  if (before?.state !== 'pass' || !up) return [...seen];
  return seen.map((rung) => (rung.id === 'smoke' && rung.state === 'unknown' ? withoutUndefined(before) : rung));
}

interface PlaceSeen {
  observation: PlaceObservation | undefined;
  disk: Appliance['disk'];
  addresses: string[] | undefined;
  clock: boolean | undefined;
  clockOff?: number | undefined;
  error?: Problem;
}

/** Programs may be missing there (no systemd in a container): what they would tell is then not known. */
async function lookAtPlace(place: Place, record: ApplianceRecord, signal: AbortSignal): Promise<PlaceSeen> {
  const unlessMissing = async <T>(reading: Promise<T | undefined>): Promise<T | undefined> => {
    try {
      return await reading;
    } catch (error) {
      if (signal.aborted || asProblem(error).code !== 'program-missing') throw error;
      return undefined;
    }
  };
  try {
    const [observation, disk, addresses, clock, off] = await Promise.all([
      unlessMissing(observe(place, signal)),
      unlessMissing(diskOf(place, record.settings.volumes)),
      unlessMissing(addressesOf(place)),
      unlessMissing(clockSynchronised(place)),
      unlessMissing(place.type === 'ssh' ? clockOff(place) : Promise.resolve(undefined)),
    ]);
    return { observation, disk, addresses, clock, clockOff: off };
  } catch (error) {
    if (signal.aborted) throw error;
    return { observation: undefined, disk: undefined, addresses: undefined, clock: undefined, error: asProblem(error) };
  }
}

/** Pure: from what was seen to one word. A rung that was not looked at (no way to sign in there, no try now) tells nothing. */
export function stateOf(
  record: Pick<ApplianceRecord, 'state'> & Partial<Pick<ApplianceRecord, 'stopped'>>,
  taskId: string | undefined,
  observation: PlaceObservation | undefined,
  cluster: Pick<ClusterLook, 'ladder'> | undefined,
): Appliance['state'] {
  if (record.state === 'half') return taskId ? 'installing' : 'half';
  const unit = observation?.unit;
  if (unit?.active === 'failed') return 'failed';
  if (unit && (unit.active === 'inactive' || unit.active === 'deactivating')) return 'stopped';
  const ladder = cluster?.ladder ?? [];
  const of = (id: string): RungState['state'] | undefined => ladder.find((rung) => rung.id === id)?.state;
  if (!unit && record.stopped && of('readyz') !== 'pass') return 'stopped';
  if (ladder.some(({ state }) => state === 'fail')) return unit?.active === 'activating' ? 'starting' : 'failed';
  if (of('readyz') === 'pass' && ladder.every(({ state }) => state !== 'waiting')) return 'running';
  if (of('readyz') === 'pass' || unit) return 'starting';
  return 'unknown';
}

/** One of a kind: what the cluster tells and what the journal tells may be the same. */
function troublesOf(
  seen: PlaceSeen | undefined,
  cluster: ClusterLook | undefined,
  own: readonly KnownTrouble[],
): KnownTrouble[] {
  // A k3s that runs well has old troubles in its journal; only one that does not is judged by it.
  const up = cluster?.ladder.some(({ id, state }) => id === 'readyz' && state === 'pass');
  const journal = up ? [] : recognise((seen?.observation?.journal ?? []).map((text) => ({ source: 'journal', text })));
  const all = [...own, ...(cluster?.troubles ?? []), ...journal];
  return all.filter((each, index) => all.findIndex(({ id }) => id === each.id) === index);
}

function upgradesOf({ versions, state }: ApplianceRecord): Appliance['upgrades'] {
  const { k3s, kubevirt, cdi } = versions;
  if (state === 'half' || !k3s || !kubevirt || !cdi) return [];
  return [...upgradesFrom({ k3s, kubevirt, cdi })];
}

const withoutUndefined = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

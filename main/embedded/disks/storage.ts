import type { GrowOpenFiles } from '../kube/block.ts';
import { Refusal } from './refusal.ts';
import { Bases } from './base/bases.ts';
import { Claims } from './claims/claims.ts';
import type { RunningDisks as RunningDisksOf } from '../kube/block.ts';
import type { EngineContext } from '../kube/context.ts';
import { layoutOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { Ingest } from './source/ingest.ts';
import { QemuImg } from './tools/qemu-img.ts';
import { Changes, Lanes, Turns } from './turns.ts';
import { SnapshotRecords } from './layers/records.ts';
import { Usage } from './usage.ts';

/** What the parts of storage share. */
export interface Storage {
  readonly context: EngineContext;
  readonly layout: Layout;
  readonly qemuImg: QemuImg;
  readonly bases: Bases;
  readonly claims: Claims;
  readonly snapshots: SnapshotRecords;
  readonly ingest: Ingest;
  readonly usage: Usage;
  /** One at a time for each claim (by uid). */
  readonly turns: Turns;
  /** Downloads at a time; apart from local work, which must not wait for a network that is down. */
  readonly downloads: Lanes;
  /** Copies and conversions at a time. */
  readonly lanes: Lanes;
  readonly changes: Changes;
  /** Grows what a machine has open; nobody does before the machine half is there. */
  growOpen: GrowOpenFiles;
  /** Disks whose claims were lost and could not be brought back, by namespace/name: no new disk takes such a name. */
  readonly orphans: Map<string, { uid: string; why: string }>;
  /** The machine half, once it is there: what running machines do with their disks. */
  running?: RunningDisksOf;
}

export function makeStorage(context: EngineContext): Storage {
  const layout = layoutOf(context.paths);
  const qemuImg = new QemuImg(context.config.qemuImg);
  const bases = new Bases(layout);
  return {
    context,
    layout,
    qemuImg,
    bases,
    claims: new Claims(layout, bases, qemuImg),
    snapshots: new SnapshotRecords(layout),
    ingest: new Ingest(bases, qemuImg),
    usage: new Usage(context.store),
    turns: new Turns(),
    downloads: new Lanes(4),
    lanes: new Lanes(2),
    changes: new Changes(),
    growOpen: (_vmi, work) => work(() => Promise.resolve(false)),
    orphans: new Map(),
  };
}

/** Key of the turns in which a merged layer takes its place: whoever opens a disk waits for one that is under way. */
export const swapping = 'swap';

/** Removes bases that no claim and no snapshot stands on any more. */
export async function sweepBases(storage: Storage): Promise<void> {
  const { log } = storage.context;
  await storage.turns.run('sweep', async () => {
    try {
      const untold = await storage.claims.untold();
      if (untold.length > 0) {
        log.warn({ untold }, 'No image is removed while the record of a disk is missing');
        return;
      }
      const roots = [
        ...(await storage.claims.all()).flatMap(({ base }) => (base === undefined ? [] : [base])),
        ...(await storage.snapshots.all()).map(({ base }) => base),
      ];
      const removed = await storage.bases.sweep(roots);
      if (removed.length > 0) log.info({ removed }, 'Removed images that nothing stands on any more');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // What a damaged record stands on is not known: everything stays.
      log.error({ reason: error.message }, 'No image is removed while a record is damaged');
    }
  });
}

/** Holds on bases for one piece of work. They are let go in the sweep's turn: no sweep is then between its look at the claims and its removals. */
export function holds(storage: Storage): { hold: (id: string) => void; release: () => Promise<void> } {
  const pins: (() => void)[] = [];
  return {
    hold: (id) => void pins.push(storage.bases.pin(id)),
    release: () =>
      storage.turns.run('sweep', () => {
        for (const unpin of pins) unpin();
        return Promise.resolve();
      }),
  };
}

import type { Stored } from '../kube/object.ts';
import { virtualMachineInstances } from '../kube/resources.ts';
import type { Store } from '../store/store.ts';

interface Volume {
  name?: string;
  dataVolume?: { name?: string };
  persistentVolumeClaim?: { claimName?: string };
  ephemeral?: { persistentVolumeClaim?: { claimName?: string } };
}

export const volumesOf = (vmi: Stored): Volume[] => (vmi.spec?.['volumes'] as Volume[] | undefined) ?? [];

/** The claim a volume stands on, if it is of such a kind. */
export const claimOf = (volume: Volume): string | undefined =>
  volume.dataVolume?.name ??
  volume.persistentVolumeClaim?.claimName ??
  volume.ephemeral?.persistentVolumeClaim?.claimName;

const over = (vmi: Stored): boolean => ['Succeeded', 'Failed'].includes(String(vmi.status?.['phase']));
const started = (vmi: Stored): boolean => ['Scheduled', 'Running'].includes(String(vmi.status?.['phase']));

/** Who uses a claim: by what the instances ask for, and by what was opened for them. */
export class Usage {
  private readonly store: Store;
  /** vmi uid -> claim uid -> whether it may write. */
  private readonly opened = new Map<string, Map<string, boolean>>();
  constructor(store: Store) {
    this.store = store;
  }

  opens(vmiUid: string, claimUid: string, writable: boolean): void {
    const claims = this.opened.get(vmiUid) ?? new Map<string, boolean>();
    claims.set(claimUid, writable || claims.get(claimUid) === true);
    this.opened.set(vmiUid, claims);
  }

  /** One claim is no longer open for an instance. */
  lets(vmiUid: string, claimUid: string): void {
    this.opened.get(vmiUid)?.delete(claimUid);
  }

  closes(vmiUid: string): void {
    this.opened.delete(vmiUid);
  }

  /** Instances that want the claim and are not over: it may not go while there are any. */
  wantedBy(namespace: string, claim: string): Stored[] {
    return this.store
      .list(virtualMachineInstances, namespace)
      .filter((vmi) => !over(vmi) && volumesOf(vmi).some((volume) => claimOf(volume) === claim));
  }

  /** An instance whose machine has the claim's data open, or had it when this engine began. */
  openIn(namespace: string, claim: string, claimUid: string): Stored | undefined {
    const has = (vmi: Stored): boolean => this.opened.get(vmi.metadata.uid)?.has(claimUid) === true;
    return (
      this.wantedBy(namespace, claim).find((vmi) => started(vmi) || has(vmi)) ??
      // Detached in the spec already, and the guest has yet to let it go.
      this.store.list(virtualMachineInstances, namespace).find(has)
    );
  }

  /** The instances that have it open now. */
  users(claimUid: string): string[] {
    return [...this.opened].flatMap(([vmi, claims]) => (claims.has(claimUid) ? [vmi] : []));
  }

  /** Another instance that has it open for writing. */
  writer(claimUid: string, exceptVmi: string): string | undefined {
    for (const [vmi, claims] of this.opened) if (vmi !== exceptVmi && claims.get(claimUid)) return vmi;
    return undefined;
  }
}

import type { EngineContext } from '../kube/context.ts';
import type { Stored } from '../kube/object.ts';
import { virtualMachineInstances } from '../kube/resources.ts';
import { isSwitched } from '../machine/argv/network.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { QmpClosed } from '../machine/qemu/qmp.ts';
import { vmiSpec } from '../machine/spec.ts';
import { blinkLink, plug, pluggedNics, setLink, unplug } from './nics.ts';
import { nicViews } from './views.ts';
import type { NicView } from './views.ts';

/** Milliseconds until what failed is tried again. */
const again = 5000;

/** Makes the cards of running machines what their instances say: plugged in, taken out, moved, cable in or out. */
export class LiveNics {
  readonly #context: EngineContext;
  readonly #applied: () => Promise<void>;
  /** Network and link of each card as this engine knows them, by the uid of the instance. */
  readonly #known = new WeakMap<Machine, Map<string, { network: string; up: boolean }>>();
  /** Said already, so that it is not said at every try. */
  readonly #told = new WeakMap<Machine, string>();

  /** `applied` resolves when the switch knows what holds. */
  constructor(context: EngineContext, applied: () => Promise<void>) {
    this.#context = context;
    this.#applied = applied;
  }

  /** Milliseconds after which to look again; undefined when all is as it should be. `networkOf` throws where there is none. */
  async reconcile(machine: Machine, vmi: Stored, networkOf: (view: NicView) => string): Promise<number | undefined> {
    try {
      const plugged = await pluggedNics(machine);
      const first = !this.#known.has(machine);
      const known = this.#known.get(machine) ?? new Map<string, { network: string; up: boolean }>();
      this.#known.set(machine, known);
      const views = nicViews(vmi);
      let later: number | undefined;
      for (const view of views) {
        const { name, state } = view.nic;
        if (view.attachment === undefined && !isSwitched(machine.record.argv)) continue;
        const network = networkOf(view);
        const up = state !== 'down';
        const before = known.get(name);
        if (!plugged.has(name)) {
          if (view.attachment === undefined) continue;
          await plug(machine, view.nic, view.mac);
          if (!up) await setLink(machine, name, false);
          this.#context.event(vmi, 'Normal', 'InterfacePlugged', `Interface ${name} was plugged in on network ${view.attachment}.`); // prettier-ignore
        } else if (before && before.network !== network) {
          await this.#applied();
          machine.nics.delete(name);
          machine.emit('change', 'network');
          if (up) await blinkLink(machine, name);
          this.#context.event(vmi, 'Normal', 'InterfaceMoved', `Interface ${name} was moved to network ${view.attachment ?? 'pod'}.`); // prettier-ignore
        } else if (before ? before.up !== up : !first || !up) await setLink(machine, name, up);
        known.set(name, { network, up });
      }
      for (const name of [...plugged].filter((one) => !views.some(({ nic }) => nic.name === one))) {
        // An engine that ended between the two writes leaves the card that was to go.
        if (!(await unplug(machine, name))) {
          later = again;
          continue;
        }
        known.delete(name);
        machine.nics.delete(name);
        this.#context.event(vmi, 'Normal', 'InterfaceUnplugged', `Interface ${name} was taken out.`);
      }
      this.#forgetAbsent(vmi, await pluggedNics(machine));
      this.#told.delete(machine);
      return later;
    } catch (error) {
      // It ended meanwhile.
      if (machine.outcome || error instanceof QmpClosed) return undefined;
      const { message } = error as Error;
      if (this.#told.get(machine) !== message) this.#context.event(vmi, 'Warning', 'InterfaceFailed', message);
      this.#told.set(machine, message);
      return again;
    }
  }

  /** Interfaces that were to go and are out leave the instance's spec; the machine's follows. */
  #forgetAbsent(vmi: Stored, plugged: ReadonlySet<string>): void {
    const { namespace, name, uid } = vmi.metadata;
    const goes = (nic: { name: string; state?: string }) => nic.state === 'absent' && !plugged.has(nic.name);
    if (!vmiSpec(vmi).domain.devices.interfaces?.some(goes)) return;
    this.#context.store.mutate(virtualMachineInstances, namespace, name, (draft) => {
      if (draft.metadata.uid !== uid) return;
      const spec = vmiSpec(draft);
      const { devices } = spec.domain;
      const gone = (devices.interfaces ?? []).filter(goes).map((nic) => nic.name);
      devices.interfaces = (devices.interfaces ?? []).filter((nic) => !gone.includes(nic.name));
      spec.networks = (spec.networks ?? []).filter((network) => !gone.includes(network.name));
    });
  }
}

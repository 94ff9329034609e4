import type { BoxActionInput, BoxActionResult } from '../../../../main/contract/box/actions.ts';
import type { BoxDisk, BoxState, BroughtItem } from '../../../../main/contract/box/state.ts';
import { ProblemError } from '../../../../main/contract/problem.ts';
import type { Task } from '../../../../main/contract/task.ts';
import { FakeValue, pause } from '../live.ts';
import type { FakeList } from '../live.ts';
import { work } from '../work.ts';
import { installSteps } from './data.ts';

const networkSeconds = 60;
const applianceSteps = [
  { title: 'Unpack what is needed', seconds: 2 },
  { title: 'Start k3s', seconds: 3 },
  { title: 'Start KubeVirt', seconds: 3 },
  { title: 'Start CDI', seconds: 2 },
  { title: 'Wait until all is ready', seconds: 2 },
];

/** One box that does what it is asked, in its own time. */
export class FakeBox {
  readonly state: FakeValue<BoxState>;
  #tasks: FakeList<Task>;
  #timer: ReturnType<typeof setInterval> | undefined;
  constructor(state: BoxState, tasks: FakeList<Task>) {
    this.state = new FakeValue(state);
    this.#tasks = tasks;
    if (state.countdown) this.#countDown();
    // A preview that begins in the middle is looked at by slow computers, too.
    if (state.stage === 'appliance') this.#installAppliance(20);
    if (state.stage === 'installing') void this.#install(2);
  }
  #set(more: Partial<BoxState>): void {
    this.state.set({ ...this.state.value, ...more, at: new Date().toISOString() });
  }
  #without(key: 'countdown' | 'busy' | 'problem' | 'progress' | 'update', more: Partial<BoxState>): void {
    const { [key]: _gone, ...rest } = this.state.value;
    this.state.set({ ...rest, ...more, at: new Date().toISOString() });
  }
  #countDown(): void {
    this.#timer = setInterval(() => {
      const { countdown } = this.state.value;
      if (!countdown) return clearInterval(this.#timer);
      if (countdown.secondsLeft > 1)
        return this.#set({ countdown: { ...countdown, secondsLeft: countdown.secondsLeft - 1 } });
      clearInterval(this.#timer);
      void this.#install(0);
    }, 1_000);
  }
  async #install(from: number): Promise<void> {
    this.#without('countdown', { stage: 'installing', words: 'Installing' });
    for (let at = from; at < installSteps.length; at++)
      for (let part = 0; part < 8; part++) {
        this.#set({
          words: installSteps[at]?.title ?? '',
          progress: {
            fraction: (at + part / 8) / installSteps.length,
            steps: installSteps.map(({ title }, n) => ({ title, state: n < at ? 'done' : n === at ? 'running' : 'waiting' })),
          },
        });
        await pause(400);
      }
    this.#without('progress', { stage: 'installed', words: 'Installed: take the stick out' });
  } // prettier-ignore
  #installAppliance(slower = 1): string {
    const taskId = work(
      this.#tasks,
      { type: 'box-appliance', title: `Set up ${this.state.value.name}`, object: { kind: 'Box', name: this.state.value.boxId } },
      applianceSteps.map((step) => ({ ...step, seconds: step.seconds * slower })),
      { onEnd: (end) => this.#set({ stage: end === 'done' ? 'ready' : 'setup', words: end === 'done' ? 'Ready' : 'Stopped', setup: { ...this.state.value.setup, appliance: end === 'done' ? 'ready' : 'failed' } }) },
    );
    this.#set({ stage: 'appliance', words: 'Installing Kubernetes and KubeVirt', setup: { ...this.state.value.setup, appliance: 'installing', applianceTask: taskId } });
    return taskId;
  } // prettier-ignore
  /** Away for a moment, then back. */
  #away(what: NonNullable<BoxState['busy']>, then: Partial<BoxState> = {}): void {
    this.#set({ busy: what });
    setTimeout(() => this.#without('busy', then), 4_000);
  }
  #choose(wanted: Extract<BoxActionInput, { do: 'choose-disk' }>): void {
    const disk = this.state.value.disks?.find((each: BoxDisk) => each.serial === wanted.disk.serial && !each.refused);
    if (!disk || disk.serial.slice(-4) !== wanted.confirm)
      throw new ProblemError({
        code: 'disk-not-confirmed', title: 'That is not the end of its serial number',
        detail: `The disk ${wanted.disk.serial} ends with other letters than ${wanted.confirm}.`, fix: 'Look at the disk you mean, and type the last four.',
      }); // prettier-ignore
    if (disk.hearth && !wanted.reinstall)
      throw new ProblemError({
        code: 'disk-has-box', title: 'A box is installed there', detail: `${disk.hearth.hostName} lives on this disk.`, fix: 'Say that it shall be replaced.',
      }); // prettier-ignore
    void this.#install(0);
  }
  /** Throws a ProblemError as a box would. */
  act(action: BoxActionInput): BoxActionResult {
    const { value } = this.state;
    const setup = (more: Partial<BoxState['setup']>): void => this.#set({ setup: { ...value.setup, ...more } });
    switch (action.do) {
      case 'choose-disk':
        this.#choose(action);
        return {};
      case 'stop-countdown':
        this.#without('countdown', { stage: 'choosing', words: 'Waiting for the choice of a disk' });
        return {};
      case 'try':
        this.#without('countdown', { stage: 'trying', words: 'Running from the stick; nothing is installed' });
        return {};
      case 'back-to-install':
        this.#set({ stage: 'choosing', words: 'Waiting for the choice of a disk' });
        return {};
      case 'name':
        this.#set({
          name: action.hostName,
          wishes: { ...value.wishes, ...Object.fromEntries(Object.entries(action).filter(([key, each]) => key !== 'do' && each !== undefined)) },
          setup: { ...value.setup, named: true },
        }); // prettier-ignore
        return {};
      case 'network':
        return this.#tryNetwork(action.network);
      case 'keep-network':
        this.#set({ network: { current: value.network.trial?.network ?? value.network.current } });
        setup({ network: true });
        return {};
      case 'leave-network':
        setup({ network: true });
        return {};
      case 'bring-again':
        this.#bringAgain();
        return {};
      case 'account':
        setup({ account: true });
        return {};
      case 'install-appliance':
        return { taskId: this.#installAppliance() };
      case 'skip-appliance':
        setup({ appliance: 'skipped' });
        return {};
      case 'finish-setup':
        setup({ finished: true });
        return {};
      case 'reboot':
        this.#away({ what: 'reboot', words: 'Restarting; back within a minute or two' });
        return {};
      case 'power-off':
        this.#set({ busy: { what: 'power-off', words: 'Shutting down' } });
        return {};
      case 'update':
        this.#away({ what: 'update', words: 'Writing the new version' }, { update: { running: '0.3.0', other: { version: '0.2.0', slot: 'a' }, trial: { version: '0.3.0', words: 'Waiting for k3s' } } }); // prettier-ignore
        return {};
      case 'roll-back':
        this.#away({ what: 'update', words: 'Going back' }, { update: { running: value.update?.other?.version ?? '0.1.9', other: { version: value.update?.running ?? '0.2.0', slot: 'a' } } }); // prettier-ignore
        return {};
      case 'factory-reset':
        if (action.confirm !== value.name)
          throw new ProblemError({ code: 'not-confirmed', title: 'That is not its name', detail: `The box is named ${value.name}.` }); // prettier-ignore
        this.#set({ busy: { what: 'factory-reset', words: 'Erasing; the box starts anew after it' } });
        return {};
      case 'revoke':
        this.#set({ apps: value.apps.filter((app) => app.fingerprint !== action.fingerprint) });
        return {};
      case 'new-code':
      case 'join':
        return {};
    }
  }
  #bringAgain(): void {
    const put = (state: BroughtItem['state']): void => this.#set({ bring: (this.state.value.bring ?? []).map((each) => (each.state === 'done' ? each : { kind: each.kind, name: each.name, state })) }); // prettier-ignore
    put('working');
    setTimeout(() => put('done'), 2_000);
  }
  #tryNetwork(network: Extract<BoxActionInput, { do: 'network' }>['network']): BoxActionResult {
    const { current } = this.state.value.network;
    const { wifi, addressing = { method: 'dhcp' }, ...rest } = network;
    const tried = {
      ...rest,
      addressing: addressing.method === 'static' ? { ...addressing, dns: addressing.dns ?? [] } : addressing,
      ...(wifi && { wifi: { ssid: wifi.ssid } }),
    };
    const id = `trial-${Date.now()}`;
    let left = networkSeconds;
    const tell = (): void =>
      this.#set({
        network: { current, trial: { id, secondsLeft: left, network: tried, inEffect: left < networkSeconds } },
      });
    tell();
    const timer = setInterval(() => {
      left -= 1;
      if (this.state.value.network.trial?.id !== id) clearInterval(timer);
      else if (left > 0) tell();
      else {
        clearInterval(timer);
        this.#set({ network: { current } });
      }
    }, 1_000);
    return { trial: { id, seconds: networkSeconds } };
  }
}

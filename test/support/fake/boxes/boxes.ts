import type { BoxRow, FoundBox } from '../../../../main/contract/box/boxes.ts';
import type { BoxState } from '../../../../main/contract/box/state.ts';
import type { Api } from '../../../../main/contract/contract.ts';
import { ProblemError } from '../../../../main/contract/problem.ts';
import { rowKeys } from '../../../../main/contract/row-keys.ts';
import type { Task } from '../../../../main/contract/task.ts';
import { FakeList, pause } from '../live.ts';
import { work } from '../work.ts';
import { FakeBox } from './box.ts';
import { boxRow, boxState, found, hex, typed } from './data.ts';
import { health, logs, resetPreview } from './health.ts';
import { rowsOf, stateOf } from './scenarios.ts';
import type { BoxScenario } from './scenarios.ts';
import { FakeSticks } from './sticks.ts';
import type { FakeSticksOptions } from './sticks.ts';

export interface FakeBoxesOptions extends FakeSticksOptions {
  /** How the boxes that are paired are doing; found: none is, but one answers in the network. */
  boxes?: BoxScenario | undefined;
  /** These pages come from a box, and how it is doing. */
  own?: BoxScenario | undefined;
}
type Answer = <T>(what: string, value: T) => Promise<T>;

/** The right code of any box of the preview. */
const rightCode = '12345678';

/** Boxes and sticks in memory. */
export class FakeBoxes {
  #options: FakeBoxesOptions;
  #tasks: FakeList<Task>;
  #answer: Answer;
  #rows: FakeList<BoxRow>;
  #found: FakeList<FoundBox>;
  #boxes = new Map<string, FakeBox>();
  #sticks: FakeSticks;
  constructor(options: FakeBoxesOptions, tasks: FakeList<Task>, answer: Answer) {
    this.#options = options;
    this.#tasks = tasks;
    this.#answer = answer;
    const scenario = options.boxes ?? 'ready';
    this.#rows = new FakeList<BoxRow>(rowKeys.box, rowsOf(scenario));
    const near = scenario === 'empty' ? [] : found.filter((each) => scenario === 'found' || !each.enrolment);
    this.#found = new FakeList<FoundBox>(rowKeys.foundBox, near);
    this.#sticks = new FakeSticks(options, tasks);
    for (const row of this.#rows.rows.values()) if (row.last) this.#hold(row.id, row.last);
  }
  #hold(id: string, state: BoxState): void {
    const box = new FakeBox(state, this.#tasks);
    this.#boxes.set(id, box);
    void (async () => {
      for await (const next of box.state.watch()) {
        const row = this.#rows.rows.get(id);
        if (row && row.state === 'online') this.#rows.put({ ...row, ...movedTo(next), name: next.name, last: next });
      }
    })();
  }
  #box(id: string): FakeBox {
    const box = this.#boxes.get(id);
    const row = this.#rows.rows.get(id);
    if (!box || !row)
      throw new ProblemError({ code: 'box-unknown', title: 'No such box', detail: 'It was forgotten.' });
    if (row.problem) throw new ProblemError(row.problem);
    return box;
  }
  #pair(address: string, code: string | undefined): { id: string } {
    const near = this.#found.rows.get(address) ?? typed(address);
    if (code === undefined && !near.enrolment)
      throw new ProblemError({ code: 'pairing-code-needed', title: 'Its code is needed', detail: 'No stick written here fits that box.', fix: 'Type the eight digits that it shows.', kind: 'denied' }); // prettier-ignore
    if (code !== undefined && code !== rightCode)
      throw new ProblemError({ code: 'pairing-code-wrong', title: 'That is not its code', detail: 'The box has not accepted the eight digits. Four tries are left.', cause: 'A digit is wrong, or the code changed meanwhile.', fix: 'Look at the box once more: the code changes every ten minutes.', kind: 'denied' }); // prettier-ignore
    const name = near.hello?.name ?? 'hearth';
    const state = boxState(near.hello?.stage ?? 'setup', { boxId: near.hello?.boxId ?? hex(address, 32), name });
    this.#rows.put(boxRow(state, { address: near.address, fingerprint: near.fingerprint ?? hex(address, 64), pairedAt: new Date().toISOString() })); // prettier-ignore
    this.#found.remove(near.address);
    this.#hold(state.boxId, state);
    return { id: state.boxId };
  }
  #work(type: string, title: string, id: string, steps: [string, number][]): { taskId: string } {
    return { taskId: work(this.#tasks, { type, title, object: { kind: 'Box', name: id } }, steps.map(([step, seconds]) => ({ title: step, seconds }))) }; // prettier-ignore
  }

  api(live: <T>(source: AsyncIterable<T>) => AsyncGenerator<T>): Pick<Api, 'boxes' | 'ownBox'> {
    const worn = this.#options.boxes === 'trouble' || this.#options.boxes === 'worn' || this.#options.own === 'trouble';
    const nameOf = (id: string): string => this.#rows.rows.get(id)?.name ?? id;
    const boxes: Api['boxes'] = {
      ...this.#sticks.api(),
      watch: (_input, o) => live(this.#rows.watch(o?.signal)),
      find: (_input, o) => live(this.#found.watch(o?.signal)),
      scan: async () => {
        setTimeout(() => this.#found.put({ ...typed('192.168.1.77'), how: 'scan' }), 2_500);
        return this.#work('box-scan', 'Look for boxes in the network', 'scan', [['Ask 254 addresses', 4]]);
      },
      lookAt: async ({ address }) => {
        await this.#answer('Looking', undefined);
        if (address.startsWith('10.'))
          return { address, how: 'typed', problem: { code: 'box-unreachable', title: 'Nothing answers there', detail: `${address}:8443 did not answer within 5 seconds.`, cause: 'The box is off, or in another network.', fix: 'Look at the screen of the box for its address.', kind: 'failed' } }; // prettier-ignore
        const near = typed(address);
        this.#found.put(near);
        return near;
      },
      pair: async ({ address, code }) => {
        await this.#answer('Pairing', undefined);
        return this.#pair(address, code);
      },
      forget: async ({ id }) => {
        await this.#answer('Forgetting', undefined);
        this.#rows.remove(id);
      },
      state: ({ id }, o) => this.#watchOne(id, o?.signal),
      act: async ({ id, action }) => this.#answer('The box', await this.#act(this.#box(id), action)),
      health: ({ id }) => this.#answer('Health', (this.#box(id), health(worn))),
      resetPreview: ({ id }) => this.#answer('The list', resetPreview(nameOf(id))),
      logs: ({ id }) => this.#answer('The logs', (this.#box(id), logs())),
      saveLogs: async ({ id }) => ({
        ...this.#work('box-logs', `Logs of ${nameOf(id)}`, id, [['Collect', 2]]),
        path: `/home/ada/.local/share/hearth/support/${nameOf(id)}-logs.tar.gz`,
      }),
      update: async ({ id }) => {
        const box = this.#box(id);
        setTimeout(() => box.act({ do: 'update' }), 5_000);
        return this.#work('box-update', `Update ${nameOf(id)}`, id, [['Send', 4], ['Write the other slot', 3], ['Restart into it', 4]]); // prettier-ignore
      },
      adopt: async () => ({ targetId: 'cellar' }),
      joinTicket: async () => ({ server: 'https://192.168.1.31:6443', token: 'K10…', k3s: 'v1.34.1+k3s1', expires: new Date(Date.now() + 6e5).toISOString() }), // prettier-ignore
      join: async ({ id, to }) => this.#work('box-join', `${nameOf(id)} joins ${nameOf(to)}`, id, [['Get ready', 2], ['Join', 4], ['Wait until it is ready', 3]]), // prettier-ignore
      wake: async ({ id }) => {
        await this.#answer('Waking', undefined);
        return { packets: this.#rows.rows.get(id)?.macs.length ?? 0 };
      },
    };
    const own = this.#options.own === undefined ? undefined : new FakeBox(stateOf(this.#options.own), this.#tasks);
    const ownBox = (): FakeBox => {
      if (!own)
        throw new ProblemError({ code: 'not-a-box', title: 'This is no box', detail: 'Hearth runs here as an app.' });
      return own;
    };
    return {
      boxes,
      ownBox: {
        watch: async function* (_input, o) {
          if (!own) {
            yield { box: false as const };
            await new Promise((resolve) => o?.signal?.addEventListener('abort', resolve));
            return;
          }
          for await (const state of own.state.watch(o?.signal))
            yield { box: true as const, state, code: { digits: rightCode, secondsLeft: 431 } };
        },
        act: async ({ action }) => this.#answer('The box', await this.#act(ownBox(), action)),
        health: () => this.#answer('Health', health(worn)),
        resetPreview: () => this.#answer('The list', resetPreview(ownBox().state.value.name)),
        logs: () => this.#answer('The logs', logs()),
        offerUpdate: async ({ note }) => {
          if (!note.startsWith('{')) throw new ProblemError({ code: 'image-foreign', title: 'This image was signed by nobody known', detail: 'Its key 0011223344556677 is none that is trusted here (mine 8877665544332211).', kind: 'failed' }); // prettier-ignore
          const facts = { version: '0.3.0', builtAt: '2026-11-20T08:00:00Z', size: 1_900_000_000, base: 'Debian 13, Linux 6.12', payload: 'internet' as const, signedBy: 'mine' }; // prettier-ignore
          return this.#answer('The box', { facts, file: 'hearth-box-0.3.0.img', uploadId: 'u', endpoint: '/upload', received: 700_000_000 }); // prettier-ignore
        },
        takeUpdate: async () => undefined,
        dropUpdate: async () => undefined,
      },
    };
  }
  async #act(box: FakeBox, action: Parameters<FakeBox['act']>[0]): Promise<ReturnType<FakeBox['act']>> {
    await pause(150);
    return box.act(action);
  }
  async *#watchOne(id: string, signal?: AbortSignal): AsyncGenerator<{ row: BoxRow; state?: BoxState }> {
    const row = this.#rows.rows.get(id);
    if (!row) throw new ProblemError({ code: 'box-unknown', title: 'No such box', detail: 'This Hearth is not paired with it.', fix: 'Go back to the list.' }); // prettier-ignore
    for await (const _update of this.#rows.watch(signal)) {
      const now = this.#rows.rows.get(id);
      if (now) yield { row: now, ...(now.state === 'online' && now.last && { state: now.last }) };
    }
  }
}

/** The app follows a box to the address that is tried, once it is in effect. */
function movedTo({ network: { trial } }: BoxState): { address?: string } {
  const { network, inEffect } = trial ?? {};
  return inEffect && network?.addressing.method === 'static'
    ? { address: `${network.addressing.address.replace(/\/.*$/, '')}:8443` }
    : {};
}

import { readFile } from 'node:fs/promises';
import { bestAddress } from '../../../contract/box/address.ts';
import type { AgentState } from '../../../contract/box/agent.ts';
import { asProblem } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';
import { all, createAsks } from './asks.ts';
import { setNetwork } from './configure/network.ts';
import { createKeyboard } from './console.ts';
import { openEnrolment } from './enrolment.ts';
import { createFlow } from './flow.ts';
import type { StickFlow } from './flow.ts';
import { ownId, readBoxFile } from './identity.ts';
import { findMedium } from './medium.ts';
import { createTrial, cutOffIsOver, networkView, wasCutOff } from './network-trial.ts';
import type { AgentParts } from './parts.ts';
import { createPainter } from './screen/painter.ts';
import type { Shown } from './screen/view.ts';
import { createSerialLog } from './serial-log.ts';
import { startServer } from './server.ts';
import { createState } from './state.ts';
import { changeSlot, defaultWishes, readStickWords } from './stick-settings.ts';
import { openWishes, withoutSecrets } from './wishes.ts';

export interface Agent {
  readonly state: AgentState;
  close(): Promise<void>;
}

/** Starts all of the agent. What fails of one part is told in the state; the others go on. */
export async function startAgent(parts: AgentParts): Promise<Agent> {
  const { places, boot, log, run, screen } = parts;
  const second = parts.second ?? 1000;
  const fromStick = boot.slot === 'stick';
  const medium = await findMedium(places);
  const stick = fromStick ? await readStickWords(medium, boot.medium) : undefined;
  const file = fromStick ? undefined : await readBoxFile(places, log);
  const boxId = await ownId(places, file, log);
  const macs = async (): Promise<string[]> => (await parts.addresses()).map(({ mac }) => mac);
  const first = stick?.wishes ?? {
    ...defaultWishes(),
    ...(file?.hostName !== undefined && { hostName: file.hostName }),
  };
  const wishes = await openWishes({ places, run, macs, log }, first);
  const enrolment = await openEnrolment({
    places,
    given: stick?.enrolment,
    erase: () => changeSlot(medium, ({ enrolment: _used, ...rest }) => rest),
    log,
  });

  // Addresses are asked for before: what is known of a trial must not be older than the moment it is written down.
  const known = (
    addresses: AgentState['addresses'],
  ): Pick<AgentState, 'network' | 'wishes' | 'enrolment' | 'addresses'> => {
    const { hostName, keyboard, timeZone, language, network } = withoutSecrets(wishes.now);
    return {
      network: { ...state?.now.network, current: networkView(network) },
      wishes: { hostName, keyboard, timeZone, language },
      enrolment: enrolment.get() !== null,
      addresses,
    };
  };
  let state: ReturnType<typeof createState> | undefined;
  const store = createState({
    boxId,
    image: {
      version: parts.version,
      medium: fromStick ? 'stick' : 'disk',
      ...(boot.slot !== 'stick' && { slot: boot.slot }),
    },
    stage: fromStick ? 'checking' : 'setup',
    words: fromStick ? 'The stick is read.' : 'The box runs. Its pages are at the address below.',
    ...known(await parts.addresses()),
  });
  state = store;

  let shown: Shown | undefined;
  let closing = false;
  const keyboard = createKeyboard({
    state: () => store.now,
    flow: () => flow,
    powerOff: () => upkeep.powerOff(),
    changed: () => draw(),
  });
  const painter = screen && createPainter(screen);
  const serial = parts.serial && createSerialLog((text) => parts.serial?.line(text), boot);
  const draw = (): void => {
    if (closing) return;
    painter?.draw({ state: store.now, ...(shown && { shown }), choosing: keyboard.choosing, now: Date.now() });
    serial?.(store.now, shown);
  };
  const troubled = (problem: Problem): void => store.set({ problem });

  const upkeep = parts.upkeep({
    agentState: () => store.now,
    onChange: () => store.set({ update: upkeep.state(), busy: upkeep.busy() }),
  });
  const refresh = async (): Promise<void> => {
    const facts = known(await parts.addresses());
    // A cable that was plugged in later, or a network that came late.
    const over = store.now.problem?.code === 'network-not-up' && bestAddress(facts.addresses) !== undefined;
    store.set({ ...facts, ...(over && { problem: undefined }) });
  };
  const refreshed = (): Promise<void> =>
    refresh().catch((error: unknown) => log.warn({ err: error }, 'the state could not be read'));

  const trial = createTrial({
    places,
    log,
    second,
    apply: async (network) => setNetwork(places, run, network, { macs: await macs(), now: true }),
    current: () => wishes.now.network,
    hold: async (network) => {
      await wishes.change({ network });
      await wishes.apply();
      await refreshed();
    },
    tell({ trial: running, problem }) {
      const over = problem === 'none' && ofTrial.has(store.now.problem?.code ?? '');
      store.set({
        network: { current: store.now.network.current, ...(running && { trial: running }) },
        ...(over && { problem: undefined }),
        ...(problem && problem !== 'none' && { problem }),
      });
    },
  });
  const flow: StickFlow | undefined = stick && createFlow({
    ...parts,
    upkeep,
    state: store,
    stick,
    second,
    order: () => {
      const secret = enrolment.get();
      return { boxId, settings: { ...wishes.now, version: 1, installId: stick.installId, ...(secret && { enrolment: secret }) } };
    },
  }); // prettier-ignore

  const server = await startServer({
    path: places.socket,
    groups: places.at('/etc/group'),
    state: store,
    handle: createAsks({ state: store, flow, wishes, trial, enrolment, upkeep, changed: refreshed, onProgress: ({ fraction, steps }) => store.set({ progress: { fraction, steps } }), show: (next) => {
      shown = next;
      draw();
    } }),
    log,
  }); // prettier-ignore
  store.watch(draw);
  screen?.onKey((key) => keyboard.press(key));
  const ticks = setInterval(() => {
    void refreshed();
    // The code on the screen runs out by itself.
    draw();
  }, 2 * second);

  const settle = async (): Promise<void> => {
    const cutOff = await wasCutOff(places);
    const problems = await wishes.apply(cutOff);
    if (cutOff) await cutOffIsOver(places);
    const [problem] = problems;
    if (problem && store.now.problem === undefined) troubled(all(problem, problems));
    await refreshed();
  };
  const begin = async (): Promise<void> => {
    const trouble = await readFile(places.trouble, 'utf8').catch(() => '');
    if (trouble.trim() !== '')
      store.set({ stage: 'trouble', words: 'The box cannot reach its data.', problem: dataGone(trouble.trim()) }); // prettier-ignore
    else if (flow) await flow.begin();
  };
  const care = async (): Promise<void> => {
    await upkeep.start();
    store.set({ update: upkeep.state() });
  };
  const work = Promise.all(
    [settle(), begin(), care()].map((part) =>
      part.catch((error: unknown) => {
        log.error({ err: error }, 'a part of the start failed');
        if (!closing) troubled(asProblem(error));
      }),
    ),
  );
  return {
    get state() {
      return store.now;
    },
    async close() {
      closing = true;
      clearInterval(ticks);
      trial.close();
      upkeep.close();
      await flow?.close();
      await server.close();
      store.close();
      screen?.close();
      await work;
    },
  };
}

/** How the trial of a network ends when it does not hold. */
const ofTrial = new Set(['network-not-kept', 'network-not-up']);

const dataGone = (detail: string): Problem => ({
  code: 'box-data-missing',
  title: 'The data of this box is out of reach',
  detail,
  cause: 'The disk is failing, or it was taken out of the computer.',
  fix: 'Switch the box off, check the disk and its cables, and start again. If it stays so, restore from a backup.',
  kind: 'failed',
});

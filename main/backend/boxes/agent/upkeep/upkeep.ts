import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BoxHealth, BoxImageFacts, BoxLogs } from '../../../../contract/box/upkeep.ts';
import type { BoxState, BoxUpdateState } from '../../../../contract/box/state.ts';
import { ProblemError } from '../../../../contract/problem.ts';
import type { Log } from '../../../log.ts';
import { readTrustedKeys } from '../../image/keys.ts';
import { checkUpdate } from './check-update.ts';
import { createEsp, removeFragments } from './esp.ts';
import { readHealth } from './health.ts';
import { readJournal } from './journal.ts';
import { testLocally } from './local-test.ts';
import { systemFiles, writeLogBundle } from './log-bundle.ts';
import type { LogBundleParts } from './log-bundle.ts';
import type { Run } from './parts.ts';
import { power } from './power.ts';
import { uptimeOf } from './readings.ts';
import { recordFile } from './record.ts';
import { factoryReset } from './reset.ts';
import { rollBackSlot } from './roll-back.ts';
import type { RunningSystem } from './running.ts';
import type { OnProgress } from './steps.ts';
import { createTrial } from './trial.ts';
import { updateSlot } from './update.ts';

export type { RunningSystem } from './running.ts';
export type { OnProgress, UpkeepProgress } from './steps.ts';

export interface UpkeepParts {
  run: Run;
  log: Log;
  running: RunningSystem;
  /** "/" on a box; everything below is taken from it unless told. */
  root?: string;
  /** Start partition: `/run/hearth/medium`. */
  esp?: string;
  /** Folder of the agent alone on the data partition: `/var/lib/hearth/agent`. */
  own?: string;
  /** Where images arrive: `/var/lib/hearth/box/incoming`. */
  incoming?: string;
  /** Folders of public keys that are believed: `/usr/share/hearth/keys`. */
  keys?: readonly string[];
  /** Called whenever `state()` or `busy()` changed. */
  onChange: () => void;
  /** For the log bundle: what the agent knows. */
  agentState?: () => unknown;
  /** Seconds; 600 unless told. */
  trialSeconds?: number;
  now?: () => Date;
}

/** Upkeep of an installed box. One change at a time: others meanwhile are refused with the Problem `box-busy`. */
export interface Upkeep {
  /** Finds out what this start is and watches a trial; before the others are called. */
  start(): Promise<void>;
  close(): void;
  state(): BoxUpdateState | undefined;
  busy(): BoxState['busy'];
  /** `older`: also a version that is not newer. Restarts into the new version when `restart`. */
  update(
    ask: { path: string; restart: boolean; older?: boolean },
    onProgress?: OnProgress,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Whether the image of this `.json` would be taken. */
  checkUpdate(path: string): Promise<BoxImageFacts>;
  /** Restarts into the system of the other slot, on trial. */
  rollBack(): Promise<void>;
  keepVersion(): Promise<void>;
  health(): Promise<BoxHealth>;
  logs(ask: { lines: number }): Promise<BoxLogs>;
  /** What only root may read of the system, secrets taken out; without the journal. At most 4 MiB. */
  logFiles(): Promise<{ path: string; what: string; text: string }[]>;
  /** Writes a tar.gz of what helps to find out what is wrong, without secrets, to `path`. */
  logBundle(path: string, signal?: AbortSignal): Promise<void>;
  /** Resolves when the order is on the disk; the box restarts by itself then. */
  factoryReset(ask: { wipe: boolean }): Promise<void>;
  reboot(): Promise<void>;
  powerOff(): Promise<void>;
}

type Busy = NonNullable<BoxState['busy']>;

export function createUpkeep(parts: UpkeepParts): Upkeep {
  const { run, log, running, root = '/', now = () => new Date() } = parts;
  const at = (path: string): string => join(root, path);
  const own = parts.own ?? at('/var/lib/hearth/agent');
  const esp = createEsp({ path: parts.esp ?? at('/run/hearth/medium'), mounts: at('/proc/self/mountinfo'), run, log });
  const record = recordFile(join(own, 'upkeep.json'), log);
  const bootId = async (): Promise<string> => (await readFile(at('/proc/sys/kernel/random/boot_id'), 'utf8')).trim();
  const keys = () => readTrustedKeys(parts.keys ?? [at('/usr/share/hearth/keys')]);
  const slots = { esp, running, record, keys, bootId, root, incoming: parts.incoming ?? at('/var/lib/hearth/box/incoming') }; // prettier-ignore
  let busy: Busy | undefined;
  const restart = (): Promise<void> => power(run, 'reboot');

  const trial = createTrial({
    ...slots,
    run,
    now,
    uptime: () => uptimeOf(root),
    test: () =>
      testLocally({
        run,
        units: ['hearth.service', 'NetworkManager.service'],
        optional: ['ssh.service', 'k3s.service', 'k3s-agent.service', 'nftables.service'],
        writable: [own],
        ...(running.builtAt !== undefined && { builtAt: running.builtAt }),
        now,
      }),
    goBack: async (why) => {
      log.warn({ problem: why }, 'the new version was not kept; the box goes back');
      busy = { what: 'reboot', words: 'Going back to the version before' };
      parts.onChange();
      await restart();
    },
    onChange: parts.onChange,
    ...(parts.trialSeconds !== undefined && { trialSeconds: parts.trialSeconds }),
  });

  /** `lasting`: what ends in a restart stays busy until then. */
  async function alone<T>(what: Busy, work: () => Promise<T>, lasting: () => boolean): Promise<T> {
    if (busy) throw alreadyBusy(busy);
    busy = what;
    parts.onChange();
    let done = false;
    try {
      const result = await work();
      done = true;
      return result;
    } finally {
      if (!done || !lasting()) {
        busy = undefined;
        parts.onChange();
      }
    }
  }
  const notOnTrial = (): void => {
    if (trial.state()?.trial) throw onTrial;
  };

  const about = (signal?: AbortSignal): LogBundleParts => ({
    run,
    root,
    running,
    state: () => ({ agent: parts.agentState?.(), update: trial.state() }),
    now,
    ...(signal && { signal }),
  });

  return {
    async start() {
      await trial.start();
      if (running.medium !== 'disk') return;
      try {
        const fragments = await removeFragments(esp);
        if (fragments > 0) log.info({ fragments }, 'what a power cut left half on the start partition is removed');
      } catch (error) {
        log.warn({ err: error }, 'what a power cut left half on the start partition stays');
      }
    },
    close: () => trial.close(),
    state: () => trial.state(),
    busy: () => busy,
    update: (ask, onProgress, signal) =>
      alone(
        { what: 'update', words: 'Writing the new version' },
        async () => {
          notOnTrial();
          try {
            const image = await updateSlot(slots, {
              path: ask.path,
              ...(ask.older !== undefined && { older: ask.older }),
              ...(onProgress && { onProgress }),
              ...(signal && { signal }),
            });
            log.info({ version: image.version }, 'a new version is written');
          } finally {
            await trial.refresh();
          }
          if (!ask.restart) return;
          busy = { what: 'update', words: 'Restarting into the new version' };
          parts.onChange();
          await restart();
        },
        () => ask.restart,
      ),
    async checkUpdate(path) {
      notOnTrial();
      return checkUpdate(slots, path);
    },
    rollBack: () =>
      alone(
        { what: 'update', words: 'Going back to the version before' },
        async () => {
          notOnTrial();
          const { version } = await rollBackSlot(slots);
          log.info({ version }, 'going back to the other version');
          await restart();
        },
        () => true,
      ),
    keepVersion: () => trial.keep(),
    health: () =>
      readHealth({
        run,
        root,
        now,
        watched: [
          { path: at('/var'), what: 'Data: apps, images, virtual machines' },
          { path: esp.path, what: 'Start partition' },
          { path: at('/'), what: 'Changes of this start, in memory' },
        ],
      }),
    logs: ({ lines }) => readJournal(run, { lines }),
    logFiles: async () => {
      const files = await systemFiles(about());
      return files.map(({ path, what, text }) => ({ path, what, text: text.slice(0, 256 * 1024) }));
    },
    logBundle: (path, signal) => writeLogBundle(path, about(signal)),
    factoryReset: ({ wipe }) =>
      alone(
        { what: 'factory-reset', words: wipe ? 'Erasing and overwriting everything' : 'Forgetting everything' },
        async () => {
          const { finished } = await factoryReset({ run, esp, running, log, now, restart }, wipe);
          finished.catch((error: unknown) => {
            log.error({ error: String(error) }, 'the reset is ordered, but the box does not restart');
            busy = undefined;
            parts.onChange();
          });
        },
        () => true,
      ),
    reboot: () => alone({ what: 'reboot', words: 'Restarting' }, restart, () => true),
    powerOff: () => alone({ what: 'power-off', words: 'Switching off' }, () => power(run, 'poweroff'), () => true),
  };
} // prettier-ignore

const alreadyBusy = ({ words }: Busy): ProblemError =>
  new ProblemError({
    code: 'box-busy',
    title: 'The box is busy',
    detail: `It is at something else: ${words}.`,
    fix: 'Wait until it is done, then try again.',
    kind: 'denied',
  });
const onTrial = new ProblemError({
  code: 'box-on-trial',
  title: 'A new version is being tried',
  detail: 'It is not yet known whether the running version holds; the other one is what the box falls back to.',
  fix: 'Wait until it is kept (ten minutes at most), then try again. To go back now, restart the box.',
  kind: 'denied',
});

import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asProblem, ProblemError } from './contract/problem.ts';
import { readAddresses } from './backend/boxes/agent/addresses.ts';
import { startAgent } from './backend/boxes/agent/agent.ts';
import { agentAnswers } from './backend/boxes/agent/server.ts';
import { readBootFacts } from './backend/boxes/agent/command-line.ts';
import { installWork } from './backend/boxes/agent/disk-work.ts';
import { findMedium } from './backend/boxes/agent/medium.ts';
import { agentPlaces } from './backend/boxes/agent/places.ts';
import { runningImage } from './backend/boxes/agent/running-image.ts';
import { openTty } from './backend/boxes/agent/screen/tty.ts';
import { openSerial } from './backend/boxes/agent/serial-log.ts';
import { createUpkeep } from './backend/boxes/agent/upkeep/upkeep.ts';
import { readTrustedKeys } from './backend/boxes/image/keys.ts';
import { folderFiles, verifyTree } from './backend/boxes/image/verify-tree.ts';
import type { Log } from './backend/log.ts';
import { runProcess } from './backend/process.ts';
import { takeServiceManager } from './backend/service-manager.ts';

/** The root agent of a box: `hearth-agent.service`. What it says goes to the journal. */
async function main(): Promise<void> {
  const log = journal('info');
  const manager = takeServiceManager();
  const places = agentPlaces('/');
  const boot = await readBootFacts(places.commandLine);
  if (boot.medium === undefined) throw notABox();
  const medium = await findMedium(places);
  const keys = () => readTrustedKeys([places.at('/usr/share/hearth/keys')]);
  const running = await runningImage(places, boot, await keys(), log);
  const screen = openTty(places.at('/dev/tty1'), log);
  const serial = openSerial(places, boot, log);
  // The kernel's own lines would be written over the screen.
  await runProcess(['dmesg', '-n', '1'], { timeoutMs: 5000 }).catch(() => undefined);
  const agent = await startAgent({
    places,
    boot,
    log,
    version: running.version,
    run: runProcess,
    verify: async (options) => {
      await verifyTree(folderFiles(places.medium), await keys(), options);
    },
    addresses: () => readAddresses(places.at('/sys/class/net')),
    disks: installWork({ places, boot, medium, keys, run: runProcess }),
    upkeep: ({ onChange, agentState }) => createUpkeep({ run: runProcess, log, running, onChange, agentState }),
    ...(screen && { screen }),
    ...(serial && { serial }),
    stickThere: async () =>
      medium.disk === undefined ||
      (await stat(join('/sys/class/block', medium.disk)).catch(() => undefined)) !== undefined,
    // Programs can no longer be started: they were on the stick. The disk was let go by the installer.
    cutPower: () => writeFile('/proc/sysrq-trigger', 'o'),
  });
  log.info({ slot: boot.slot, version: running.version, medium: medium.device }, 'the agent runs');
  const end = async (): Promise<void> => {
    manager.close();
    await agent.close();
    process.exit(0);
  };
  process.once('SIGTERM', () => void end());
  process.once('SIGINT', () => void end());
  await manager.begin({ alive: () => agentAnswers(places.socket), log });
}

/** Anywhere else it would rename and rewire a computer that is none of its business. */
const notABox = (): ProblemError =>
  new ProblemError({
    code: 'not-a-box',
    title: 'This computer is not a Hearth box',
    detail: 'It was not started from a stick or a disk of Hearth: its kernel command line names none.',
    fix: 'Write a stick and start a computer from it.',
    kind: 'denied',
  });

/** Plain lines for the journal, which adds time and unit; `<N>` is the level by sd-daemon(3). */
function journal(level: 'info' | 'debug', bound: object = {}): Log {
  const line = (mark: string, fields: object, message: string): void => {
    const all = { ...bound, ...fields };
    const rest = Object.keys(all).length > 0 ? ` ${JSON.stringify(all, replacer)}` : '';
    process.stderr.write(`<${mark}>${message}${rest}\n`);
  };
  return {
    debug: (fields, message) => (level === 'debug' ? line('7', fields, message) : undefined),
    info: (fields, message) => line('6', fields, message),
    warn: (fields, message) => line('4', fields, message),
    error: (fields, message) => line('3', fields, message),
    child: (more) => journal(level, { ...bound, ...more }),
  };
}
const secret = /^(secret|password|token|psk|code|digits)$/i;
const replacer = (key: string, value: unknown): unknown =>
  secret.test(key) ? '[hidden]' : value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value; // prettier-ignore

// One part's mistake must not end the rest: the box has nobody else to draw its screen.
process.on('unhandledRejection', (error) =>
  process.stderr.write(`<3>unexpected: ${JSON.stringify(error, replacer)}\n`),
);

main().catch((error: unknown) => {
  process.stderr.write(`<3>the agent cannot start ${JSON.stringify(asProblem(error))}\n`);
  process.exit(1);
});

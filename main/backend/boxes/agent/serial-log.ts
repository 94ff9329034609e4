import { createWriteStream } from 'node:fs';
import { bestAddress } from '../../../contract/box/address.ts';
import type { AgentState } from '../../../contract/box/agent.ts';
import type { Log } from '../../log.ts';
import type { BootFacts } from './command-line.ts';
import type { AgentPlaces } from './places.ts';
import { plain } from './screen/text.ts';
import type { Shown } from './screen/view.ts';

/** Where lines go for whoever watches the serial console: asked for by the boot line, or the kernel speaks there as well. */
export function openSerial(places: AgentPlaces, boot: BootFacts, log: Log): { line(text: string): void } | undefined {
  const name = boot.consoles[0] ?? (boot.serial ? 'ttyS0' : undefined);
  if (name === undefined) return undefined;
  const stream = createWriteStream(places.at(`/dev/${name}`), { flags: 'a' });
  let broken = false;
  stream.on('error', (error) => {
    if (!broken) log.warn({ err: error, name }, 'the serial console does not take lines');
    broken = true;
  });
  return {
    line(text) {
      // One that takes nothing must not grow our memory.
      if (!broken && stream.writableLength < 64 * 1024) stream.write(`${plain(text)}\r\n`);
    },
  };
}

/** Says what changed, a line each; the code only when the boot line asks for it, other secrets never. */
export function createSerialLog(
  write: (text: string) => void,
  boot: BootFacts,
): (state: AgentState, shown?: Shown) => void {
  const told = new Map<string, string>();
  const say = (topic: string, text: string | undefined): void => {
    if (told.get(topic) === text) return;
    if (text === undefined) told.delete(topic);
    else {
      told.set(topic, text);
      write(`hearth: ${text}`);
    }
  };
  return (state, shown) => {
    say('stage', `stage=${state.stage} words=${state.words}`);
    const { problem, progress } = state;
    say('problem', problem && `problem=${problem.code} ${problem.title}: ${problem.detail}`);
    say('progress', progress && `progress=${Math.floor(progress.fraction * 10) * 10}%`);
    for (const { name, serial, size, content, refused } of state.disks ?? [])
      say(`disk ${name}`, `disk=${name} serial=${serial} size=${size} content=${content}${refused ? ` refused=${refused.code}` : ''}`); // prettier-ignore
    const address = bestAddress(state.addresses, true);
    const code = boot.serial && shown?.code ? ` code=${shown.code.digits}` : '';
    if (address !== undefined || shown)
      say(
        'address',
        `address=${address ?? 'none'}${shown ? ` port=${shown.port}${code} fp=${shown.fingerprint}` : ''}`,
      );
    say('apps', shown && `apps=${shown.apps.length}${shown.apps.map((app) => ` "${app}"`).join('')}`);
    say('box', `box=${state.boxId} version=${state.image.version} medium=${state.image.medium} slot=${state.image.slot ?? 'none'}`); // prettier-ignore
    say('busy', state.busy && `busy=${state.busy.what} ${state.busy.words}`);
  };
}

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BoxNetwork } from '../../../../contract/box/network.ts';
import { ProblemError } from '../../../../contract/problem.ts';
import type { AgentPlaces } from '../places.ts';
import { dropFile, must, putFile } from './commands.ts';
import type { Run } from './commands.ts';
import { keyfiles, mainConnection } from './keyfile.ts';

const ours = /^hearth(-[a-z]+)?\.nmconnection$/;

/**
 * Writes the connections of this network (0600, NetworkManager refuses others) and puts them into effect. `now`: waits for
 * an address and throws `network-not-up` when none comes; else NetworkManager connects by itself as soon as there is a
 * link. Where it does not run yet it reads them when it starts. Throws `network-card-missing`.
 */
export async function setNetwork(
  places: AgentPlaces,
  run: Run,
  network: BoxNetwork,
  options: { macs: readonly string[]; now?: boolean },
): Promise<void> {
  const { mac } = network;
  const cardMissing = mac !== undefined && !options.macs.includes(mac);
  const files = keyfiles(network, { cardMissing });
  const folder = places.at('/etc/NetworkManager/system-connections');
  let changed = false;
  for (const { name, text } of files) changed = (await putFile(join(folder, name), text, 0o600)) || changed;
  for (const name of await readdir(folder))
    if (ours.test(name) && !files.some((file) => file.name === name)) {
      await rm(join(folder, name));
      changed = true;
    }
  await setCountry(places, run, network.wifi?.country);
  if (!changed || (await run(['nmcli', '-t', 'general', 'status'], { timeoutMs: 10_000 })).code !== 0) return;
  await must(run, 'The network', ['nmcli', 'connection', 'reload'], { timeoutMs: 30_000 });
  if (cardMissing) throw cardGone(mac);
  if (options.now || (await isUp(run, network))) await bringUp(run, network);
}

async function isUp(run: Run, network: BoxNetwork): Promise<boolean> {
  const { stdout } = await run(['nmcli', '-t', '-f', 'UUID', 'connection', 'show', '--active'], { timeoutMs: 10_000 });
  return stdout.split('\n').includes(mainConnection(network));
}

async function bringUp(run: Run, network: BoxNetwork): Promise<void> {
  // A changed connection that is up keeps its old values until it is brought up again.
  const { code, stderr } = await run(['nmcli', '--wait', '45', 'connection', 'up', 'uuid', mainConnection(network)], { timeoutMs: 60_000 }); // prettier-ignore
  if (code === 0) return;
  throw new ProblemError({
    code: 'network-not-up',
    title: 'The network did not come up',
    detail: network.wifi ? `${network.wifi.ssid} could not be joined.` : 'No card got an address.',
    cause: network.wifi
      ? 'Its name or password is wrong, it is out of reach, or the card cannot do this kind of security.'
      : 'No cable is plugged in, nobody gives out addresses there, or the VLAN is not carried on that port.',
    fix: 'Look at the cable and the values, then try again.',
    output: stderr.trim().split('\n').slice(-3),
  });
}

/** Which Wi-Fi channels are allowed: now, and when the driver is loaded at the next start. */
async function setCountry(places: AgentPlaces, run: Run, country: string | undefined): Promise<void> {
  const path = places.at('/etc/modprobe.d/50-hearth-wifi.conf');
  if (country === undefined) {
    await dropFile(path);
    return;
  }
  await putFile(path, `options cfg80211 ieee80211_regdom=${country}\n`);
  // Without a Wi-Fi card there is nothing to tell.
  await run(['iw', 'reg', 'set', country], { timeoutMs: 10_000 }).catch(() => undefined);
}

const cardGone = (mac: string): ProblemError =>
  new ProblemError({
    code: 'network-card-missing',
    title: 'The chosen network card is not there',
    detail: `The box has no card with the address ${mac}. Any cable is used with DHCP instead.`,
    fix: 'Choose one of the cards the box lists.',
    fields: { mac: 'The box has no such card.' },
  });

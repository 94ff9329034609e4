import { addressesOf } from '../../contract/box/address.ts';
import type { BoxRow, FoundBox } from '../../contract/box/boxes.ts';
import type { BoxState } from '../../contract/box/state.ts';
import type { BoxHealth, BoxResetPreview } from '../../contract/box/upkeep.ts';
import type { Problem } from '../../contract/problem.ts';

const size = (bytes: number): string =>
  bytes >= 1e12 ? `${(bytes / 1e12).toFixed(1)} TB` : bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`; // prettier-ignore
const told = (problem: Problem | undefined): string[] =>
  problem ? [`  ${problem.title}: ${problem.detail}`, ...(problem.fix ? [`  what to do: ${problem.fix}`] : [])] : [];

/** In groups of four, as tty1 shows it. */
export const grouped = (fingerprint: string): string => fingerprint.match(/.{1,4}/g)?.join(' ') ?? fingerprint;

export const rowText = (row: BoxRow): string =>
  [
    `${row.name}  ${row.id}  ${row.address}  ${row.state}${row.state === 'online' ? ` (${row.last?.stage ?? ''})` : ` since ${row.since}`}`,
    ...(row.state !== 'online' && row.last ? [`  said last: ${row.last.words} (Hearth ${row.last.version})`] : []),
    ...told(row.problem),
  ].join('\n');

export function foundText(box: FoundBox): string {
  const { hello } = box;
  const pairing = hello?.pairing;
  const ways = [
    ...(box.enrolment ? ['by the secret of a stick written here'] : []),
    ...(pairing?.code ? ['by the code on its screen'] : []),
  ];
  return [
    `${hello?.name ?? '(no box)'}  ${box.address}  ${hello?.stage ?? ''}  found by ${box.how}${box.known ? `, paired as ${box.known}` : ''}`,
    ...(box.fingerprint ? [`  fingerprint ${grouped(box.fingerprint)}`] : []),
    ...(hello && !box.known ? [`  can be paired ${ways.join(' or ') || 'by nobody new until it is asked for a code'}`] : []),
    ...told(box.problem),
  ].join('\n'); // prettier-ignore
}

export function stateText(row: BoxRow, state: BoxState | undefined): string {
  if (!state) return rowText(row);
  const { progress, countdown, update, busy } = state;
  return [
    rowText(row),
    `  ${state.words}${progress ? ` ${Math.round(progress.fraction * 100)} %` : ''}`,
    ...told(state.problem),
    ...(busy ? [`  ${busy.words}`] : []),
    `  Hearth ${state.version}, image ${state.image.version} from ${state.image.slot ? `slot ${state.image.slot}` : state.image.medium}`,
    ...(update?.trial ? [`  on trial: ${update.trial.version}, ${update.trial.words}`] : []),
    ...(update?.failed ? [`  did not hold: ${update.failed.version}`, ...told(update.failed.problem)] : []),
    ...state.addresses.map(
      (each) =>
        `  ${each.interface} ${each.mac} ${addressesOf(each).join(' ') || (each.link ? 'no address' : 'no link')}`,
    ),
    ...(state.disks ?? []).map(
      ({ name, model, serial, size: bytes, content, refused }) =>
        `  disk ${name} ${model} ${serial} ${size(bytes)}: ${content}${refused ? ` (not offered: ${refused.why})` : ''}`,
    ),
    ...(countdown ? [`  erases ${countdown.disk.name} (${countdown.disk.serial}) in ${countdown.secondsLeft} s`] : []),
    ...state.apps.map(({ name, pairedAt, by }) => `  paired with ${name} by ${by}, ${pairedAt}`),
  ].join('\n');
}

export const healthText = (health: BoxHealth): string =>
  [
    `up ${Math.round(health.uptime / 3600)} h, load ${health.load.join(' ')}, memory ${size(health.memory.available)} of ${size(health.memory.total)} free`,
    ...health.filesystems.map(({ path, total, free }) => `${path}: ${size(free)} of ${size(total)} free`),
    ...health.disks.map(({ name, model, verdict, why }) => `disk ${name} ${model}: ${verdict}, ${why}`),
    ...health.findings.map(({ tone, title, detail, fix }) => `${tone}: ${title}. ${detail}${fix ? ` ${fix}` : ''}`),
  ].join('\n');

export const resetText = (preview: BoxResetPreview): string =>
  [
    `A factory reset of ${preview.name} destroys ${size(preview.data)} of data:`,
    ...preview.machines.map(
      ({ namespace, name, status, disk }) => `  machine ${namespace}/${name} (${status}${disk ? `, ${size(disk)}` : ''})`,
    ),
    ...(preview.unknown ? [`  machines: ${preview.unknown}`] : []),
    `  ${preview.images} images`,
    ...preview.apps.map((app) => `  the pairing with ${app}`),
    ...preview.kept.map((what) => `kept: ${what}`),
  ].join('\n'); // prettier-ignore

import type { MachineForm } from '../../../main/contract/form.ts';
import { parseBytes } from '../../lib/format.ts';

/** What a person changed, as text where they type; the rest of the form stays as it was read. */
export interface SettingsWish {
  description?: string;
  runStrategy?: MachineForm['runStrategy'];
  hostname?: string;
  /** '' for none. */
  preference?: string;
  firmware?: MachineForm['firmware'];
  tpm?: MachineForm['tpm'];
  maxSockets?: string;
  maxMemory?: string;
  models?: Record<string, MachineForm['interfaces'][number]['model']>;
  macs?: Record<string, string>;
}
/** What a part of the form shows and changes. */
export interface PartProps {
  form: MachineForm;
  wish: SettingsWish;
  wrong: Wrong;
  put: (change: SettingsWish) => void;
}
/** Name of a field (`mac NAME` for a card's) that is not right as it is. */
export type Wrong = ReadonlySet<string>;

const hostShape = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const macShape = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;

/** The form with the changes in it, and what of them cannot be. Pure. */
export function wished(form: MachineForm, wish: SettingsWish): { form: MachineForm; wrong: Wrong } {
  const wrong = new Set<string>();
  const next: MachineForm = {
    ...form,
    ...(wish.description !== undefined && { description: wish.description.trim() }),
    ...(wish.runStrategy && { runStrategy: wish.runStrategy }),
    ...(wish.firmware && { firmware: wish.firmware }),
    ...(wish.tpm && { tpm: wish.tpm }),
    size: grown(form.size, wish, wrong),
    interfaces: form.interfaces.map((nic) => {
      const mac = wish.macs?.[nic.name]?.trim();
      if (mac && !macShape.test(mac)) wrong.add(`mac ${nic.name}`);
      const { mac: before, ...rest } = nic;
      const kept = mac === undefined ? before : mac.toLowerCase();
      return { ...rest, model: wish.models?.[nic.name] ?? nic.model, ...(kept && { mac: kept }) };
    }),
  };
  for (const field of ['hostname', 'preference'] as const) {
    const value = wish[field]?.trim();
    if (value === undefined) continue;
    if (value === '') delete next[field];
    else next[field] = value;
  }
  if (next.hostname !== form.hostname && next.hostname !== undefined && !hostShape.test(next.hostname))
    wrong.add('hostname');
  return { form: next, wrong };
}

function grown(size: MachineForm['size'], wish: SettingsWish, wrong: Set<string>): MachineForm['size'] {
  if (size.type !== 'free') return size;
  const next = { ...size };
  const put = (field: 'maxSockets' | 'maxMemory', text: string | undefined, value: number | undefined, least: number) => {
    if (text === undefined) return;
    if (text.trim() === '') delete next[field];
    else if (value === undefined || !Number.isInteger(value) || value < least) wrong.add(field);
    else next[field] = value;
  }; // prettier-ignore
  put('maxSockets', wish.maxSockets, Number(wish.maxSockets), size.sockets ?? 1);
  if ((next.maxSockets ?? 0) > 512) wrong.add('maxSockets');
  put('maxMemory', wish.maxMemory, parseBytes(wish.maxMemory ?? ''), size.memory ?? 1);
  return next;
}

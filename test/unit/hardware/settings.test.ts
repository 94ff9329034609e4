import { describe, expect, test } from 'vitest';
import { machineFormSchema } from '../../../main/contract/form.ts';
import type { MachineForm } from '../../../main/contract/form.ts';
import { wished } from '../../../renderer/features/hardware/settings-wish.ts';

const form: MachineForm = {
  description: 'Web',
  runStrategy: 'Manual',
  hostname: 'web',
  size: { type: 'free', sockets: 2, memory: 2 ** 30, maxSockets: 8 },
  preference: 'debian',
  firmware: 'preferred',
  tpm: 'none',
  disks: [{ name: 'root', kind: 'disk', bus: 'virtio', bootOrder: 1 }],
  interfaces: [{ name: 'default', model: 'virtio', mac: '02:00:00:00:00:01' }],
};
const wrong = (wish: Parameters<typeof wished>[1]): string[] => [...wished(form, wish).wrong];

describe('settings of a machine', () => {
  test('nothing wished is the same form, to the letter', () => {
    expect(JSON.stringify(wished(form, {}).form)).toBe(JSON.stringify(form));
    // Typed and taken back.
    const same = { description: 'Web ', hostname: 'web', macs: { default: '02:00:00:00:00:01' }, maxSockets: '8' };
    expect(JSON.stringify(wished(form, same).form)).toBe(JSON.stringify(form));
  });
  test('every field arrives, and what is emptied goes', () => {
    const { form: next, wrong: bad } = wished(form, {
      description: '', runStrategy: 'Always', hostname: '', preference: '', firmware: 'uefi', tpm: 'kept',
      maxSockets: '', maxMemory: '4 GiB', models: { default: 'e1000' }, macs: { default: '' },
    }); // prettier-ignore
    expect([...bad]).toEqual([]);
    expect(machineFormSchema.parse(next)).toEqual({
      description: '', runStrategy: 'Always', size: { type: 'free', sockets: 2, memory: 2 ** 30, maxMemory: 2 ** 32 },
      firmware: 'uefi', tpm: 'kept', disks: form.disks, interfaces: [{ name: 'default', model: 'e1000' }],
    }); // prettier-ignore
  });
  test('what cannot be is told by its field', () => {
    expect(wrong({ hostname: 'Not Good' })).toEqual(['hostname']);
    expect(wrong({ macs: { default: '02:zz' } })).toEqual(['mac default']);
    expect([wrong({ maxSockets: '1' }), wrong({ maxSockets: '600' }), wrong({ maxSockets: 'x' })]).toEqual([['maxSockets'], ['maxSockets'], ['maxSockets']]); // prettier-ignore
    expect([wrong({ maxMemory: '1 MiB' }), wrong({ maxMemory: 'much' })]).toEqual([['maxMemory'], ['maxMemory']]);
  });
  test('a type of its own leaves the room to grow to the type', () => {
    const typed: MachineForm = { ...form, size: { type: 'instancetype', name: 'u1.small', cluster: true } };
    expect(wished(typed, { maxSockets: '4' }).form.size).toEqual(typed.size);
  });
});

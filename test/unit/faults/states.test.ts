import { describe, expect, it } from 'vitest';
import { dueFaults } from '../../../main/backend/faults/keep.ts';
import { measuredWords, parseMeasured } from '../../../main/backend/faults/measured.ts';
import { faultsAnnotation, keepRecords, recordsOf } from '../../../main/backend/faults/records.ts';
import type { FaultRecords } from '../../../main/backend/faults/records.ts';
import { faultOffers, faultStates, presentFaults } from '../../../main/backend/faults/states.ts';
import { faultWords, span } from '../../../main/backend/faults/words.ts';
import { faultWishSchema } from '../../../main/contract/faults.ts';
import type { FaultWish } from '../../../main/contract/faults.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';

const wish = (of: object): FaultWish => faultWishSchema.parse(of);
const machine = (records: FaultRecords = {}, nics: object[] = [{ name: 'default', masquerade: {} }]): KubeObject => {
  const vm = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { namespace: 'default', name: 'web', uid: 'me', annotations: { other: 'stays' } },
    spec: { runStrategy: 'Manual', template: { spec: { domain: { devices: { interfaces: nics } }, networks: [{ name: 'default', pod: {} }] } } },
  } as unknown as KubeObject; // prettier-ignore
  keepRecords(vm, records);
  return vm;
};
const instance = (uid: string, phase = 'Running'): KubeObject =>
  ({ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', metadata: { namespace: 'default', name: 'web', uid }, status: { phase } }) as unknown as KubeObject; // prettier-ignore
const since = '2026-01-02T03:04:05.000Z';

describe('the record at the machine', () => {
  it('is read as it was written, and goes with the last fault', () => {
    const records: FaultRecords = {
      loss: { wish: wish({ loss: { percent: 20 } }), since },
      process: { wish: wish({ process: { name: 'httpd', signal: 'STOP' } }), since, on: 'a', pids: [1, 2], told: 'x' },
      disk: { wish: wish({ disk: { percent: 90 } }), since, hidden: true },
    };
    const vm = machine(records);
    expect(recordsOf(vm)).toEqual(records);
    // What the Quick lab makes true of it stands flat beside what is ours.
    expect(JSON.parse(vm.metadata.annotations?.[faultsAnnotation] ?? '')).toMatchObject({ machine: 'me', loss: { percent: 20, way: 'in', since } }); // prettier-ignore
    expect(keepRecords(vm, records)).toBe(false);
    expect(keepRecords(vm, {})).toBe(true);
    expect(vm.metadata.annotations).toEqual({ other: 'stays' });
  });

  it('is nobody else’s: a copy of the machine has no faults, and what somebody else wrote is passed over', () => {
    const copy = machine({ loss: { wish: wish({ loss: { percent: 20 } }), since } });
    copy.metadata.uid = 'copy';
    expect(recordsOf(copy)).toEqual({});
    for (const text of ['{', '[]', '7', 'null', '{"loss":{"percent":"much"}}', '{"loss":3}', '{"storm":{}}'])
      expect(recordsOf({ ...machine(), metadata: { uid: 'me', annotations: { [faultsAnnotation]: text } } })).toEqual({}); // prettier-ignore
    const byHand = {
      ...machine(),
      metadata: { uid: 'me', annotations: { [faultsAnnotation]: '{"dns":{"off":true}}' } },
    };
    expect(recordsOf(byHand)).toEqual({ dns: { wish: { dns: { off: true } } } });
  });
});

describe('what is there now', () => {
  const kinds = (vm: KubeObject, vmi?: KubeObject) => Object.keys(presentFaults(vm, vmi));
  it('is over by itself where something else was its cure', () => {
    const link = { link: { wish: wish({ link: { down: true } }), since, nics: ['default'] } };
    expect(kinds(machine(link, [{ name: 'default', state: 'down' }]))).toEqual(['link']);
    expect(kinds(machine(link))).toEqual([]);
    const killed = { process: { wish: wish({ process: { name: 'httpd' } }), since, on: 'first' } };
    expect(kinds(machine(killed), instance('first'))).toEqual(['process']);
    expect(kinds(machine(killed), instance('second'))).toEqual([]);
    const off = { crash: { wish: wish({ crash: {} }), since, on: 'first' } };
    expect([kinds(machine(off), instance('first')), kinds(machine(off)), kinds(machine(off), instance('second'))]).toEqual([['crash'], ['crash'], []]); // prettier-ignore
    const panic = { crash: { wish: wish({ crash: { how: 'panic' } }), since, on: 'first' } };
    expect([kinds(machine(panic), instance('first')), kinds(machine(panic)), kinds(machine(panic), instance('second'))]).toEqual([['crash'], [], []]); // prettier-ignore
  });

  it('waits for a machine that is off, and for a guest that has lost it', () => {
    const vm = machine({
      loss: { wish: wish({ loss: { percent: 20 } }), since },
      disk: { wish: wish({ disk: {} }), since, on: 'first', told: '100% full' },
      clock: { wish: wish({ clock: { seconds: -3600 } }), since, on: 'first' },
    });
    const seen = (vmi?: KubeObject) =>
      faultStates(vm, vmi, { loss: { packets: 1240, dropped: 241, waited: 0, bytes: 0, fastest: 0 } }).map(({ words, measured, waits }) => [words, measured ?? waits]); // prettier-ignore
    expect(seen(instance('first'))).toEqual([
      ['20 % of packets to the machine lost', '19.4 % of 1,240 packets'],
      ['Disk filled to 100 %', '100% full'],
      ['Clock 1 hour behind', undefined],
    ]);
    expect(seen()[0]).toEqual(['20 % of packets to the machine lost', 'It waits until the machine is on.']);
    expect(seen(instance('second')).slice(1)).toEqual([
      ['Disk filled to 100 %', '100% full'],
      ['Clock 1 hour behind', 'It waits until the guest lets Hearth in.'],
    ]);
    expect([dueFaults(vm, instance('first')), dueFaults(vm, instance('second')), dueFaults(vm, instance('second', 'Scheduling')), dueFaults(vm, undefined)]).toEqual([[], ['clock'], [], []]); // prettier-ignore
    const new_ = machine({ disk: { wish: wish({ disk: {} }), since } });
    expect(dueFaults(new_, instance('any'))).toEqual(['disk']);
    const hidden = machine({ disk: { wish: wish({ disk: {} }), since, on: 'first', hidden: true } });
    expect([vm, hidden].map((each) => faultStates(each, instance('first'), {}).find(({ kind }) => kind === 'disk')?.hidden)).toEqual([undefined, true]); // prettier-ignore
  });

  it('tells what can be done, and why what cannot', () => {
    const offers = (vmi: KubeObject | undefined, guestWhy?: string, nics?: object[]) =>
      Object.fromEntries(faultOffers({ vm: machine({}, nics), vmi, capabilities: [], guestWhy }).map(({ kind, why }) => [kind, why])); // prettier-ignore
    expect(Object.values(offers(instance('a'))).filter(Boolean)).toEqual([]);
    expect(offers(undefined)).toMatchObject({ loss: undefined, disk: undefined, process: 'The machine is off: nothing runs in it.', crash: 'The machine is off.' }); // prettier-ignore
    expect(offers(instance('a'), 'no key')).toMatchObject({ disk: 'no key', clock: 'no key', process: 'no key', crash: undefined }); // prettier-ignore
    const none = faultOffers({ vm: machine({}), vmi: instance('a'), capabilities: [{ id: 'editMachines', supported: true }, { id: 'networkFaults', supported: false, reason: 'Why.', remedy: 'How.' }], guestWhy: undefined }); // prettier-ignore
    expect(none.find(({ kind }) => kind === 'rate')?.why).toBe('Why. How.');
    expect(none.find(({ kind }) => kind === 'link')?.why).toBeUndefined();
  });
});

describe('words', () => {
  it.each([
    [{ loss: { percent: 5, way: 'both', interface: 'lan' } }, '5 % of packets each way lost on lan'],
    [{ delay: { ms: 40 } }, 'Packets wait 40 ms each way'],
    [{ rate: { kbit: 2500, way: 'out' } }, 'No more than 2.5 Mbit/s from the machine'],
    [{ dns: { off: true } }, 'Names are not answered'],
    [{ clock: { seconds: 90 } }, 'Clock 90 s ahead'],
    [{ process: { name: 'nginx', signal: 'TERM' } }, 'Process nginx asked to end'],
    [{ crash: { how: 'panic' } }, 'Kernel panic'],
  ])('of %j', (of, words) => expect(faultWords(wish(of))).toBe(words));

  it('of spans', () => {
    expect([span(-86_400), span(7200), span(60), span(61), span(0)]).toEqual(['1 day', '2 hours', '1 minute', '61 s', '0 s']); // prettier-ignore
  });

  it('of what was measured come from the target’s metrics, of this machine alone', () => {
    const text = [
      'hearth_vmi_fault_packets_total{node="n",namespace="default",name="web",interface="default",fault="loss"} 1000',
      'hearth_vmi_fault_packets_total{node="n",namespace="default",name="web",interface="lan",fault="loss"} 240',
      'hearth_vmi_fault_dropped_packets_total{node="n",namespace="default",name="web",interface="default",fault="loss"} 241',
      'hearth_vmi_fault_packets_total{node="n",namespace="default",name="db",interface="default",fault="loss"} 9',
      'hearth_vmi_fault_fastest_bits_per_second{node="n",namespace="default",name="web",interface="default",fault="rate"} 498000',
      'kubevirt_vmi_network_receive_bytes_total{namespace="default",name="web"} 5',
      'hearth_vmi_fault_packets_total{namespace="default",name="web",fault="storm"} 5',
      'rubbish {',
    ].join('\n');
    const found = parseMeasured(text, { namespace: 'default', name: 'web' });
    expect(Object.keys(found)).toEqual(['loss', 'rate']);
    expect(measuredWords('loss', found.loss!)).toBe('19.4 % of 1,240 packets');
    const some = { packets: 10, dropped: 1, waited: 900, bytes: 5000, fastest: 2_500_000 };
    expect(measuredWords('delay', some)).toBe('100.0 ms on average, 10 packets, 1 packet dropped');
    expect(measuredWords('rate', some)).toBe('2.50 Mbit/s in its fastest second, 10 packets, 1 packet dropped');
    expect(measuredWords('rate', { ...some, fastest: 0, dropped: 0 })).toBe('5,000 bytes so far, 10 packets');
    expect(measuredWords('dns', some)).toBe('1 question not answered');
    expect(measuredWords('dns', { ...some, packets: 0 })).toBe('no name asked for yet');
  });
});

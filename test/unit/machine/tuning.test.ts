import { describe, expect, it } from 'vitest';
import { leftOut, tuningOf } from '../../../main/embedded/machine/argv/processor.ts';
import type { VmiSpec } from '../../../main/embedded/machine/spec.ts';

/** As the windows.11 preference of KubeVirt's common instance types fills it in. */
const windows: VmiSpec = {
  domain: {
    devices: {},
    clock: { utc: {}, timer: { hpet: { present: false }, hyperv: {}, pit: { tickPolicy: 'delay' }, rtc: { tickPolicy: 'catchup' } } },
    features: {
      hyperv: {
        frequencies: {}, ipi: {}, reenlightenment: {}, relaxed: {}, reset: {}, runtime: {}, spinlocks: { spinlocks: 8191 },
        synic: {}, synictimer: { direct: {} }, tlbflush: {}, vapic: {}, vpindex: {},
      },
    },
  },
}; // prettier-ignore

describe('processor features and timers', () => {
  it('give a Windows guest its enlightenments under KVM', () => {
    const tuning = tuningOf(windows, 'kvm');
    expect(tuning.cpu).toEqual([
      'hv-relaxed=on', 'hv-vapic=on', 'hv-vpindex=on', 'hv-runtime=on', 'hv-synic=on', 'hv-reset=on', 'hv-frequencies=on',
      'hv-reenlightenment=on', 'hv-tlbflush=on', 'hv-ipi=on', 'hv-spinlocks=0x1fff', 'hv-stimer=on', 'hv-stimer-direct=on', 'hv-time=on',
    ]); // prettier-ignore
    expect(tuning).toMatchObject({ hpet: false, slewClock: true, globals: ['kvm-pit.lost_tick_policy=delay'] });
    expect(leftOut(windows, 'kvm')).toBeUndefined();
  });

  it('leave out what software mode has not, and say so', () => {
    const tuning = tuningOf(windows, 'tcg');
    expect(tuning).toEqual({ cpu: [], hpet: false, slewClock: true, globals: [] });
    expect(leftOut(windows, 'tcg')).toMatch(/software mode .* without its 14 Hyper-V enlightenments/);
  });

  it('hide KVM where that is asked for', () => {
    const spec: VmiSpec = { domain: { devices: {}, features: { kvm: { hidden: true } } } };
    expect(tuningOf(spec, 'kvm').cpu).toEqual(['kvm=off']);
    expect(leftOut(spec, 'hvf')).toContain('the hidden KVM signature');
  });

  it('change nothing for a machine that asks for nothing', () => {
    const spec: VmiSpec = { domain: { devices: {} } };
    expect(tuningOf(spec, 'kvm')).toEqual({ cpu: [], hpet: undefined, slewClock: false, globals: [] });
    expect(leftOut(spec, 'tcg')).toBeUndefined();
  });

  it('switch single enlightenments off', () => {
    const spec: VmiSpec = {
      domain: { devices: {}, features: { hyperv: { relaxed: { enabled: false }, vapic: {}, vendorid: { vendorid: 'a,b' } } } },
    }; // prettier-ignore
    expect(tuningOf(spec, 'kvm').cpu).toEqual(['hv-vapic=on', 'hv-vendor-id=a,,b']);
  });
});

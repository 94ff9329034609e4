import type { EngineConfig } from '../../kube/context.ts';
import type { VmiSpec } from '../spec.ts';

type Accelerator = EngineConfig['accelerator'];
type Hyperv = NonNullable<NonNullable<VmiSpec['domain']['features']>['hyperv']>;
type Switch = { enabled?: boolean } | undefined;

/** What the features and timers of a spec add to the command line. */
export interface Tuning {
  /** Further words of `-cpu`. */
  cpu: string[];
  /** `-machine hpet=`; undefined leaves QEMU's own. */
  hpet: boolean | undefined;
  /** Lost ticks of the real-time clock are caught up with (`driftfix=slew`). */
  slewClock: boolean;
  /** `-global` properties. */
  globals: string[];
}

const on = (feature: Switch): boolean => feature !== undefined && feature.enabled !== false;

/** KubeVirt's names and QEMU's (docs/system/i386/hyperv.rst of QEMU; libvirt maps them the same way). */
const plain: readonly (readonly [keyof Hyperv, string])[] = [
  ['relaxed', 'hv-relaxed'],
  ['vapic', 'hv-vapic'],
  ['vpindex', 'hv-vpindex'],
  ['runtime', 'hv-runtime'],
  ['synic', 'hv-synic'],
  ['reset', 'hv-reset'],
  ['frequencies', 'hv-frequencies'],
  ['reenlightenment', 'hv-reenlightenment'],
  ['tlbflush', 'hv-tlbflush'],
  ['ipi', 'hv-ipi'],
  ['evmcs', 'hv-evmcs'],
];

/** Hyper-V enlightenments as words of `-cpu`, in a fixed order. Pure. */
function hypervWords(spec: VmiSpec): string[] {
  const { features, clock } = spec.domain;
  if (features?.hypervPassthrough?.enabled) return ['hv-passthrough=on'];
  const { hyperv } = features ?? {};
  const hasClock = clock?.timer?.hyperv && clock.timer.hyperv.present !== false;
  const words = plain.flatMap(([field, word]) => (on(hyperv?.[field]) ? [`${word}=on`] : []));
  if (on(hyperv?.spinlocks)) words.push(`hv-spinlocks=0x${(hyperv?.spinlocks?.spinlocks ?? 4096).toString(16)}`);
  if (on(hyperv?.synictimer)) words.push('hv-stimer=on');
  if (on(hyperv?.synictimer) && on(hyperv?.synictimer?.direct)) words.push('hv-stimer-direct=on');
  if (on(hyperv?.vendorid) && hyperv?.vendorid?.vendorid)
    words.push(`hv-vendor-id=${hyperv.vendorid.vendorid.replaceAll(',', ',,')}`);
  if (hasClock) words.push('hv-time=on');
  return words;
}

/**
 * Processor features and timers of a spec under one accelerator. QEMU offers Hyper-V enlightenments, the hidden KVM
 * signature and KVM's interval timer with KVM on x86 only, so elsewhere they are left out (and `leftOut` tells). Pure.
 */
export function tuningOf(spec: VmiSpec, accelerator: Accelerator, arch: NodeJS.Architecture = 'x64'): Tuning {
  const { features, clock } = spec.domain;
  const timer = clock?.timer;
  const kvm = accelerator === 'kvm' && arch !== 'arm64';
  const pit = timer?.pit?.present === false ? undefined : timer?.pit?.tickPolicy;
  return {
    cpu: kvm
      ? [
          ...hypervWords(spec),
          ...(features?.kvm?.hidden ? ['kvm=off'] : []),
          ...(timer?.kvm?.present === false ? ['kvmclock=off'] : []),
          ...(features?.pvspinlock?.enabled === false ? ['kvm-pv-unhalt=off'] : []),
        ]
      : [],
    hpet: timer?.hpet ? timer.hpet.present !== false : undefined,
    slewClock: timer?.rtc?.present !== false && timer?.rtc?.tickPolicy === 'catchup',
    globals: kvm && (pit === 'delay' || pit === 'discard') ? [`kvm-pit.lost_tick_policy=${pit}`] : [],
  };
}

/** A sentence about what of the spec this accelerator cannot give; undefined when nothing is missing. Pure. */
export function leftOut(spec: VmiSpec, accelerator: Accelerator): string | undefined {
  if (accelerator === 'kvm') return undefined;
  const words = hypervWords(spec);
  const hidden = spec.domain.features?.kvm?.hidden === true;
  if (words.length === 0 && !hidden) return undefined;
  const what = [
    ...(words.length > 0 ? [`its ${words.length} Hyper-V enlightenments`] : []),
    ...(hidden ? ['the hidden KVM signature'] : []),
  ].join(' and ');
  const how = accelerator === 'tcg' ? 'in software mode (TCG)' : `under ${accelerator.toUpperCase()}`;
  return `The machine runs ${how} without ${what}: QEMU has them with KVM only. The guest works, and a Windows guest works harder.`;
}

import { describe, expect, it, test } from 'vitest';
import { acceleratorArgument, cpuModel } from '../../../main/embedded/machine/argv/accelerator.ts';
import { argv } from '../../../main/embedded/machine/argv/argv.ts';
import { FirmwareMissing, planOf } from '../../../main/embedded/machine/argv/plan.ts';
import { machineFiles } from '../../../main/embedded/machine/files.ts';
import { lacksOf } from '../../../main/embedded/machine/platform.ts';
import type { HostSystem } from '../../../main/embedded/machine/platform.ts';
import { launch, LaunchFailed } from '../../../main/embedded/machine/qemu/launch.ts';
import { setLimits } from '../../../main/embedded/machine/vm/limits.ts';
import { announcedCapabilities } from '../../../main/embedded/seed/announced.ts';
import { capabilitySchema } from '../../../main/contract/target.ts';
import { diagnose } from '../../../main/backend/host/failure-classes.ts';
import { evidence, notTried } from '../../../main/backend/host/trial.ts';
import type { Signals } from '../../../main/backend/host/signals.ts';
import type { EngineConfig, EngineContext, EnginePaths } from '../../../main/embedded/kube/context.ts';
import type { Stored } from '../../../main/embedded/kube/object.ts';
import type { VmiSpec } from '../../../main/embedded/machine/spec.ts';

const firmware = { ovmfCode: '/fw/CODE', ovmfVars: '/fw/VARS', ovmfCodeSecure: '/fw/SECURE', ovmfVarsSecure: '/fw/MS' };
const config: EngineConfig = { accelerator: 'tcg', qemuBinary: 'q', qemuImg: 'i', nodeName: 'n', cpus: 4, memory: 2 ** 34, firmware }; // prettier-ignore
/** Sound, TPM, SATA, a removable disk and card, memory and CPUs that may grow, a clock that catches up: everything that differs. */
const rich = (over: Record<string, unknown> = {}): Stored =>
  ({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'web', namespace: 'default', uid: '0a1b2c3d-0000-4000-8000-000000000001', resourceVersion: '1' },
    spec: {
      networks: [{ name: 'default', pod: {} }, { name: 'lan', multus: { networkName: 'lan' } }],
      volumes: [{ name: 'root', dataVolume: { name: 'r' } }, { name: 'cd', dataVolume: { name: 'c' } }, { name: 'hot', dataVolume: { name: 'h', hotpluggable: true } }],
      domain: {
        cpu: { sockets: 2, cores: 1, threads: 1, maxSockets: 8 },
        memory: { guest: '1Gi', maxGuest: '4Gi' },
        clock: { timer: { hpet: { present: false }, rtc: { tickPolicy: 'catchup' } } },
        features: { hyperv: { relaxed: {} } },
        firmware: { uuid: '11111111-2222-5333-8444-555555555555' },
        devices: {
          tpm: {}, sound: { name: 's', model: 'ich9' }, rng: {},
          disks: [{ name: 'root', disk: { bus: 'virtio' } }, { name: 'cd', cdrom: { bus: 'sata' } }, { name: 'hot', disk: { bus: 'virtio' } }],
          interfaces: [{ name: 'default', masquerade: {}, macAddress: '02:00:00:00:00:01' }, { name: 'lan', bridge: {}, macAddress: '02:00:00:00:00:02' }],
        },
        ...over,
      },
    },
  }) as unknown as Stored; // prettier-ignore

const systems: Record<string, HostSystem> = {
  'linux x64 kvm': { platform: 'linux', arch: 'x64', accelerator: 'kvm' },
  'linux arm64 kvm': { platform: 'linux', arch: 'arm64', accelerator: 'kvm' },
  'macOS x64 hvf': { platform: 'darwin', arch: 'x64', accelerator: 'hvf' },
  'macOS arm64 hvf': { platform: 'darwin', arch: 'arm64', accelerator: 'hvf' },
  'macOS arm64 tcg': { platform: 'darwin', arch: 'arm64', accelerator: 'tcg' },
  'Windows x64 whpx': { platform: 'win32', arch: 'x64', accelerator: 'whpx' },
};
const paths = { run: '/run/h', machines: '/data/machines' } as EnginePaths;
const build = (system: HostSystem, object = rich()): string[] => {
  const files = machineFiles(paths, object.metadata.uid, 'identity');
  return argv(planOf(object, new Map(), { ...config, ...system }, files, system.platform, system.platform !== 'win32'));
};
const of = (args: string[], option: string): string[] =>
  args.flatMap((value, index) => (args[index - 1] === option ? [value] : []));

describe('the command line of the same machine', () => {
  test.each(Object.entries(systems))('%s', (_name, system) => {
    expect(build(system)).toMatchSnapshot();
  });

  it('has the accelerator and processor of its system', () => {
    const said = Object.values(systems).map((system) => [of(build(system), '-accel')[0], of(build(system), '-cpu')[0]]);
    expect(said).toEqual([
      ['kvm', 'host,hv-relaxed=on'],
      ['kvm', 'host'],
      ['hvf', 'host'],
      ['hvf', 'host'],
      ['tcg,tb-size=128', 'max,pauth-impdef=on'],
      ['whpx,kernel-irqchip=off', 'qemu64'],
    ]);
    expect(cpuModel({ platform: 'win32', arch: 'arm64', accelerator: 'whpx' }, undefined)).toBe('host');
    expect(cpuModel({ platform: 'darwin', arch: 'arm64', accelerator: 'hvf' }, 'cortex-a72')).toBe('cortex-a72');
    expect(acceleratorArgument({ accelerator: 'hvf' }, 2 ** 25)).toBe('hvf');
  });

  it('asks QEMU outside Linux for nothing that it has on Linux only', () => {
    for (const system of Object.values(systems).filter(({ platform }) => platform !== 'linux')) {
      const text = build(system).join(' ');
      expect(text).not.toMatch(/-sandbox|process=|virtio-mem|memory-backend|reserve=|hotram/);
    }
    expect(build(systems['linux x64 kvm'] as HostSystem).join(' ')).toMatch(/-sandbox .*virtio-mem-pci/);
    expect(build(systems['Windows x64 whpx'] as HostSystem).join(' ')).not.toMatch(/stream,id=way-out|hubport/);
  });

  it('gives a machine with an ARM processor nothing of a PC', () => {
    for (const name of ['linux arm64 kvm', 'macOS arm64 hvf', 'macOS arm64 tcg']) {
      const args = build(systems[name] as HostSystem, rich({ machine: { type: 'q35' } }));
      expect(of(args, '-machine')[0]).toMatch(/^virt,.*pflash0=flash0,pflash1=flash1$/);
      expect(args.join(' ')).not.toMatch(/VGA|virtio-vga|hpet|driftfix|smm|tpm-crb|bus=ide\.|maxcpus/);
      expect(of(args, '-device')).toEqual(
        expect.arrayContaining([
          'virtio-gpu-pci,id=video0',
          'tpm-tis-device,tpmdev=tpmdev0,id=tpm0',
          'usb-kbd,bus=usb0.0,id=input0',
          'ahci,id=sata0',
        ]),
      );
      expect(of(args, '-device').filter((each) => each.startsWith('pcie-root-port'))).toHaveLength(7);
    }
  });

  it('takes a keyboard on USB where PS/2 was asked for', () => {
    const devices = { inputs: [{ type: 'keyboard', bus: 'ps2', name: 'k' }] };
    const args = of(build(systems['macOS arm64 hvf'] as HostSystem, rich({ devices })), '-device');
    expect(args.filter((each) => each.startsWith('usb-'))).toEqual([
      'usb-kbd,bus=usb0.0,id=input0',
      'usb-tablet,bus=usb0.0,id=input1',
    ]);
  });
});

describe('what a system lacks', () => {
  it('is nothing on Linux with an Intel or AMD processor', () => {
    expect(lacksOf({ platform: 'linux', arch: 'x64', accelerator: 'kvm' })).toEqual({});
    expect(lacksOf({ platform: 'linux', arch: 'x64', accelerator: 'tcg' })).toEqual({});
  });

  it('is named for every other one, with a reason and a remedy, by ids that pages ask', () => {
    const ids = new Set<string>(capabilitySchema.shape.id.options);
    const told = Object.entries(systems).map(([name, system]) => [name, Object.keys(lacksOf(system)).toSorted()]);
    expect(Object.fromEntries(told)).toEqual({
      'linux x64 kvm': [],
      'linux arm64 kvm': ['liveCpu', 'liveMemory', 'secureBoot'],
      'macOS x64 hvf': ['liveCpu', 'liveMemory', 'secureBoot'],
      'macOS arm64 hvf': ['liveCpu', 'liveMemory', 'secureBoot'],
      'macOS arm64 tcg': ['liveCpu', 'liveMemory', 'secureBoot'],
      'Windows x64 whpx': [
        'console', 'liveCpu', 'liveMemory', 'liveNetworks', 'memorySnapshots', 'networkFaults', 'networks',
        'otherNetworks', 'portForward', 'powerMachines', 'screenshots', 'secureBoot', 'vnc', 'vtpm',
      ],
    }); // prettier-ignore
    for (const system of Object.values(systems))
      for (const [id, lack] of Object.entries(lacksOf(system))) {
        expect(ids.has(id)).toBe(true);
        expect(lack.reason).toMatch(/^\S.{20,}\.$/);
        expect(lack.remedy).toMatch(/^\S.{10,}\.$/);
      }
  });

  it('is announced as the target’s own word, above what the engine can', () => {
    const said = (system: HostSystem) =>
      JSON.parse(announcedCapabilities({ config: { ...config, ...system } } as EngineContext)) as Record<string, { supported: boolean; reason?: string }>; // prettier-ignore
    expect(said(systems['linux x64 kvm'] as HostSystem)['liveMemory']).toEqual({ supported: true });
    expect(said(systems['macOS arm64 hvf'] as HostSystem)['liveMemory']).toMatchObject({
      supported: false,
      reason: expect.stringContaining('Linux only') as string,
    });
    expect(said(systems['Windows x64 whpx'] as HostSystem)['powerMachines']?.reason).toContain('Windows');
    expect(said(systems['Windows x64 whpx'] as HostSystem)['usbDevices']?.supported).toBe(false);
  });

  it('refuses Secure Boot there with the reason, not with QEMU’s words', () => {
    const secure = rich({ firmware: { bootloader: { efi: {} } } });
    expect(() => build(systems['macOS x64 hvf'] as HostSystem, secure)).toThrow(FirmwareMissing);
    expect(() => build(systems['Windows x64 whpx'] as HostSystem, secure)).toThrow(/system management mode/);
    expect(of(build(systems['linux x64 kvm'] as HostSystem, secure), '-machine')[0]).toContain('smm=on');
  });

  it('leaves a machine no room to grow where it cannot', () => {
    const limits = ({ platform, arch, accelerator }: HostSystem) => {
      const spec = { architecture: 'amd64', domain: { cpu: { sockets: 2 }, memory: { guest: '1Gi' }, devices: {} } } as VmiSpec; // prettier-ignore
      setLimits(spec, { memory: 2 ** 34, platform, arch, accelerator });
      return [spec.domain.cpu?.maxSockets, spec.domain.memory?.maxGuest];
    };
    expect(limits(systems['linux x64 kvm'] as HostSystem)).toEqual([8, '4Gi']);
    expect(limits(systems['macOS x64 hvf'] as HostSystem)).toEqual([2, undefined]);
  });

  it('keeps a machine from being started on Windows, before anything is made', async () => {
    const system = systems['Windows x64 whpx'] as HostSystem;
    const context = { config: { ...config, ...system, qemuBinary: '/nowhere/qemu' }, paths } as EngineContext;
    const object = rich();
    const plan = planOf(object, new Map(), context.config, machineFiles(paths, object.metadata.uid, 'i'), 'win32', false); // prettier-ignore
    const starting = launch(context, plan, { uid: 'u', identity: 'i', namespace: 'd', name: 'n' } as never);
    await expect(starting).rejects.toThrow(LaunchFailed);
    await expect(starting).rejects.toThrow(/WSL 2/);
  });
});

it('an ARM processor is not called broken: nothing was tried there, so software mode it is', () => {
  const runs = [notTried('tcg'), notTried('hvf')];
  const found = diagnose({ platform: 'darwin', arch: 'arm64' } as Signals, runs);
  expect(found).toMatchObject({ failureClass: 'K11', fix: expect.stringContaining('Settings') as string });
  expect(evidence(runs)).toContain('the trial guest is for Intel and AMD processors');
});

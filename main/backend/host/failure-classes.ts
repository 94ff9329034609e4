import type { AcceleratorReport, TrialRun } from '../../contract/host.ts';
import type { Signals } from './signals.ts';
import { whyNotStarted } from './trial.ts';

export interface Diagnosis extends Pick<AcceleratorReport, 'failureClass' | 'title' | 'detail' | 'commands'> {
  fix?: string;
}

const software = 'Virtual machines run in software mode meanwhile: everything works, 10 to 50 times slower.';

/**
 * Why hardware acceleration works here or not: K0..K13. The trial's word goes before any file: what ran, works; what
 * hung, does not, whatever the files say.
 */
export function diagnose(signals: Signals, runs: readonly TrialRun[]): Diagnosis {
  const hardware = runs.find((run) => run.accelerator !== 'tcg');
  if (hardware?.verdict === 'pass') return works(hardware);
  if (runs.length === 0) return noQemu;
  if (signals.arch === 'arm64' && runs.every(({ verdict }) => verdict === 'unavailable')) return untried;
  const plain = runs.find((run) => run.accelerator === 'tcg');
  if (plain && plain.verdict !== 'pass') return brokenQemu(plain);
  if (signals.platform !== 'linux') return otherSystem(signals.platform);
  if (signals.sevGuest) return sevGuest;
  if (/busy/i.test(hardware?.stderr ?? '')) return busy;
  if (signals.wsl) return wsl;
  if (signals.container && signals.device === 'absent') return inContainer(signals.container);
  if (signals.device === 'denied') return noPermission(signals);
  if (signals.device === 'ok' && hardware) return unusable(hardware);
  if (signals.flag !== 'none') return moduleMissing(signals);
  if (signals.hypervisor) return nestingOff(signals);
  if (signals.disabledByFirmware || signals.cpuidSupports === true) return offInFirmware(signals, true);
  if (signals.cpuidSupports === false || knownWithout.test(signals.cpuModel)) return cpuLacksIt(signals);
  if (signals.lockdown) return lockedDown(signals.lockdown);
  return offInFirmware(signals, false);
}

/** Processor families sold without VT-x or AMD-V. */
const knownWithout =
  /Pentium\(R\) 4|Celeron\(R\) (CPU )?[ED]?[0-9]{3,4}\b|Atom\(TM\) CPU\s+[NDZ][0-9]+|Sempron|Pentium\(R\) Dual.*E2/i;

const works = (run: TrialRun): Diagnosis => ({
  failureClass: 'K0',
  title: 'Hardware acceleration works',
  detail: `A real guest ran under it, from real mode to user programs, in ${run.ms} ms.`,
  commands: [],
});
const cpuLacksIt = (signals: Signals): Diagnosis => ({
  failureClass: 'K1',
  title: 'This processor cannot run hardware virtual machines',
  detail: `${signals.cpuModel || 'The processor'} has neither Intel VT-x nor AMD-V. ${software}`,
  fix: 'Nothing to switch on here. For speed, run machines on another computer.',
  commands: [],
});
const offInFirmware = (signals: Signals, sure: boolean): Diagnosis => ({
  failureClass: 'K2',
  title: sure
    ? 'Virtualization is switched off in the firmware'
    : 'Virtualization is most likely switched off in the firmware',
  detail: `${sure ? 'The processor has it and the kernel says that the firmware (BIOS/UEFI) switched it off.' : 'The kernel sees no virtualization in this processor, nor does it run inside another machine; nearly always that means the firmware switched it off.'} ${software}`,
  fix: `Restart, press F2 or Del for the firmware's setup, switch on ${signals.vendor === 'amd' ? '"SVM Mode" (often under CPU or overclocking)' : '"Intel Virtualization Technology" (VT-x)'}, save, power off fully, and start again.`,
  commands: [],
});
const moduleMissing = (signals: Signals): Diagnosis => {
  const module = signals.flag === 'svm' ? 'kvm_amd' : 'kvm_intel';
  const blocked = signals.blacklistedIn.length > 0;
  return {
    failureClass: 'K3',
    title: 'The KVM kernel module is not loaded',
    detail: `The processor can do it, but /dev/kvm is missing${blocked ? `, and ${signals.blacklistedIn.join(', ')} forbids the module` : ''}. ${software}`,
    fix: !signals.modulesForKernel
      ? `The modules of the running kernel ${signals.kernel} are gone (a newer kernel was installed): restart the computer.`
      : blocked
        ? `Remove the entry from ${signals.blacklistedIn.join(', ')}, then load the module.`
        : 'Load the module, and have it loaded at each start.',
    commands: [`sudo modprobe ${module}`, `echo ${module} | sudo tee /etc/modules-load.d/hearth-kvm.conf`],
  };
};
const noPermission = (signals: Signals): Diagnosis => ({
  failureClass: 'K4',
  title: 'You may not use /dev/kvm',
  detail: signals.groupPending
    ? `You were added to the group "kvm", but this session began before that. ${software}`
    : `/dev/kvm is there, and your user may not open it. ${software}`,
  fix: signals.groupPending ? 'Log out and in again.' : 'Join the group "kvm", then log out and in again.',
  commands: signals.groupPending ? [] : ['sudo usermod -aG kvm "$USER"'],
});
const busy: Diagnosis = {
  failureClass: 'K5',
  title: 'Another program holds the virtualization hardware',
  detail: `KVM answers "Device or resource busy": most likely VirtualBox or VMware runs a machine right now. ${software}`,
  fix: 'Stop the machines of the other program, then check again.',
  commands: [],
};
const nestingRecipes: readonly [RegExp, string, string[]][] = [
  [/virtualbox|innotek/i, 'Switch on "Nested VT-x/AMD-V" for this machine in VirtualBox while it is off.', ['VBoxManage modifyvm NAME --nested-hw-virt on']],
  [/vmware/i, 'In VMware, open this machine\'s processor settings and tick "Virtualize Intel VT-x/EPT or AMD-V/RVI".', []],
  [/microsoft/i, 'On the Hyper-V host, expose the extensions to this machine while it is off.', ['Set-VMProcessor -VMName NAME -ExposeVirtualizationExtensions $true']],
  [/qemu|kvm|red hat|proxmox/i, 'On the host, allow nesting and give this machine the CPU type "host" (Proxmox: Hardware, Processors, Type host).', ['sudo modprobe -r kvm_intel && sudo modprobe kvm_intel nested=1']],
]; // prettier-ignore
const nestingOff = (signals: Signals): Diagnosis => {
  const recipe = nestingRecipes.find(([pattern]) => pattern.test(signals.machine));
  return {
    failureClass: 'K6',
    title: 'This computer is itself a virtual machine without nesting',
    detail: `It runs inside ${signals.machine || 'another machine'}, which does not pass virtualization on. ${software}`,
    fix: recipe?.[1] ?? 'Ask whoever runs the host to allow nested virtualization; many clouds do not offer it.',
    commands: recipe?.[2] ?? [],
  };
};
const unusable = (run: TrialRun): Diagnosis => ({
  failureClass: 'K7',
  title: 'This machine offers a KVM device that cannot run a normal system',
  detail: `/dev/kvm opens, but the trial guest ${run.verdict === 'slow' ? `needed ${run.workMs} ms for what takes 1 ms` : run.verdict === 'unavailable' ? whyNotStarted(run) : `${run.verdict === 'hang' ? 'hung' : 'stopped'} at ${run.stoppedAt}`}. Real systems would not run. ${software}`,
  fix: 'Nothing is wrong with your set-up; the hypervisor above offers too little. Use software mode, or a computer of your own.',
  commands: [],
});
const wsl: Diagnosis = {
  failureClass: 'K8',
  title: 'Windows Subsystem for Linux without nested virtualization',
  detail: `This Linux runs inside Windows (WSL 2) and KVM does not work in it. ${software}`,
  fix: 'On Windows 11, put nestedVirtualization=true under [wsl2] in %UserProfile%\\.wslconfig, then run: wsl --shutdown',
  commands: ['wsl --shutdown'],
};
const inContainer = (name: string): Diagnosis => ({
  failureClass: 'K9',
  title: 'Hearth runs inside a container',
  detail: `This is a ${name} container, and /dev/kvm was not passed into it. ${software}`,
  fix: 'Run Hearth on the host itself, or pass the device in.',
  commands: name === 'flatpak' ? ['flatpak override --user --device=kvm'] : ['--device /dev/kvm'],
});
const lockedDown = (mode: string): Diagnosis => ({
  failureClass: 'K10',
  title: 'Secure Boot keeps the reason from us',
  detail: `The kernel is locked down (${mode}), so nobody can read whether the processor lacks virtualization or the firmware switched it off. ${software}`,
  fix: 'Secure Boot itself does not stop KVM. Look in the firmware setup for Intel VT-x or AMD SVM and switch it on.',
  commands: [],
});
const otherSystem = (platform: string): Diagnosis => ({
  failureClass: 'K11',
  title:
    platform === 'darwin'
      ? 'macOS: acceleration could not be used'
      : platform === 'win32'
        ? 'Windows: acceleration could not be used'
        : `${platform}: no acceleration known`,
  detail: `The trial guest did not pass under this system's own accelerator. ${software}`,
  fix:
    platform === 'darwin'
      ? "Use a QEMU that is signed with the hypervisor entitlement (Homebrew's is)."
      : 'Switch on "Windows Hypervisor Platform" under Windows features, then restart.',
  commands: platform === 'darwin' ? ['sysctl kern.hv_support'] : [],
});
const untried: Diagnosis = {
  failureClass: 'K11',
  title: 'ARM processor: acceleration was not tried',
  detail: `The trial guest is made for Intel and AMD processors, so nothing is known here. ${software}`,
  fix: 'If you know that hardware acceleration works on this computer, choose it under Settings, This computer.',
  commands: [],
};
const noQemu: Diagnosis = {
  failureClass: 'K12',
  title: 'QEMU is not installed',
  detail: 'Virtual machines are run by QEMU, and no qemu-system binary is on the PATH.',
  fix: "Install QEMU with your system's packages, then check again.",
  commands: [
    'sudo apt-get install qemu-system-x86 qemu-utils',
    'sudo dnf install qemu-kvm qemu-img',
    'sudo pacman -S qemu-base',
    'sudo zypper install qemu-x86 qemu-tools',
  ],
};
const brokenQemu = (run: TrialRun): Diagnosis => ({
  ...noQemu,
  title: 'QEMU is installed but does not work',
  detail: `Even in software mode the trial guest ${run.verdict === 'unavailable' ? `did not start (${run.stderr})` : `stopped at ${run.stoppedAt}`}.`,
  fix: "Reinstall QEMU with your system's packages, then check again.",
});
const sevGuest: Diagnosis = {
  failureClass: 'K13',
  title: 'A confidential machine cannot run KVM',
  detail: `This computer is an encrypted (AMD SEV) guest, where KVM is not supported. ${software}`,
  fix: 'Use software mode here, or an ordinary instance type.',
  commands: [],
};

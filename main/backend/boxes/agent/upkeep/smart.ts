import type { DiskHealth } from '../../../../contract/box/upkeep.ts';
import type { SmartAttribute, SmartReport } from './smart-report.ts';

/** A disk as lsblk tells it. */
export interface DiskName {
  name: string;
  model: string;
  serial: string;
  size: number;
  /** nvme, sata, usb, virtio ...; empty when unknown. */
  transport: string;
}
type Judged = Omit<DiskHealth, 'name' | 'model' | 'serial' | 'size'>;

/** How a disk is, from what smartctl said of it; undefined: smartctl said nothing that can be read. Pure. */
export function judgeDisk(disk: DiskName, report: SmartReport | undefined): DiskHealth {
  const { name } = disk;
  const model = report?.model_name ?? report?.scsi_model_name ?? disk.model;
  const told = { name, model, serial: report?.serial_number ?? disk.serial, size: disk.size };
  if (!report) return { ...told, verdict: 'unknown', why: 'smartctl gave no answer that can be read.' };
  return { ...told, ...judge(disk, report) };
}

function judge(disk: DiskName, report: SmartReport): Judged {
  const facts = factsOf(report);
  const bad = failures(report, facts);
  if (bad.length > 0) return { verdict: 'failing', why: bad.join(' '), ...facts };
  const silent = silence(disk, report, facts);
  if (silent !== undefined) return { verdict: 'unknown', why: silent, ...facts };
  const wear = wearOf(report, facts);
  if (wear.length > 0) return { verdict: 'worn', why: wear.join(' '), ...facts };
  return { verdict: 'good', why: 'It reports no damage.', ...facts };
}

type Facts = Omit<Judged, 'verdict' | 'why'>;
function factsOf(report: SmartReport): Facts {
  const nvme = report.nvme_smart_health_information_log;
  const celsius = report.temperature?.current ?? nvme?.temperature;
  const powerOnHours = report.power_on_time?.hours ?? nvme?.power_on_hours;
  const used = usedOf(report);
  const reallocated = rawOf(attribute(report, 5)) ?? report.scsi_grown_defect_list;
  const pending = rawOf(attribute(report, 197));
  const mediaErrors = nvme?.media_errors ?? uncorrected(report);
  return {
    // 0 stands for "not known" on many disks.
    ...(celsius !== undefined && celsius > 0 && celsius < 150 && { celsius }),
    ...(powerOnHours !== undefined && { powerOnHours }),
    ...(used !== undefined && { used }),
    ...(reallocated !== undefined && { reallocated }),
    ...(pending !== undefined && { pending }),
    ...(mediaErrors !== undefined && { mediaErrors }),
  };
}

const attribute = (report: SmartReport, id: number): SmartAttribute | undefined =>
  report.ata_smart_attributes?.table.find((each) => each.id === id);
/** Some makers pack more numbers into the raw value; smartctl prints the one that counts first. */
function rawOf(found: SmartAttribute | undefined): number | undefined {
  const digits = /^\d+/.exec(found?.raw?.string ?? '')?.[0];
  return digits === undefined ? found?.raw?.value : Number(digits);
}
/** Normalised values of these count down from 100 as flash is used up. */
const lifeLeft = /^(?:wear_leveling_count|media_wearout_indicator|ssd_life_left|percent_lifetime_remain\w*|remaining_lifetime\w*|lifetime_left)$/i; // prettier-ignore
function usedOf(report: SmartReport): number | undefined {
  const percent =
    report.endurance_used?.current_percent ??
    report.nvme_smart_health_information_log?.percentage_used ??
    report.scsi_percentage_used_endurance_indicator;
  if (percent !== undefined) return percent / 100;
  if ((report.rotation_rate ?? 0) > 0) return undefined;
  const left = report.ata_smart_attributes?.table.find(({ name }) => lifeLeft.test(name))?.value;
  return left === undefined || left > 100 ? undefined : Math.round(100 - left) / 100;
}
function uncorrected(report: SmartReport): number | undefined {
  const log = report.scsi_error_counter_log;
  const told = [log?.read, log?.write, log?.verify].flatMap((each) => each?.total_uncorrected_errors ?? []);
  if (told.length > 0) return told.reduce((sum, each) => sum + each, 0);
  return rawOf(attribute(report, 187));
}

/** Bits of NVMe's "critical warning" that mean damage (NVMe base specification, SMART / Health log); 0x02 is heat alone. */
const nvmeWarnings: readonly [bit: number, words: string][] = [
  [0x01, 'Its spare blocks are used up.'],
  [0x04, 'It says that it is no longer reliable.'],
  [0x08, 'It has made itself read-only.'],
  [0x10, 'The backup of its write cache failed.'],
  [0x20, 'Its persistent memory is read-only or no longer reliable.'],
];

function failures(report: SmartReport, facts: Facts): string[] {
  const found: string[] = [];
  if (report.smart_status?.passed === false) found.push('Its own self-assessment says that it fails.');
  for (const each of report.ata_smart_attributes?.table ?? [])
    if (each.when_failed === 'now' && each.flags?.prefailure !== false)
      found.push(`${each.name} is at ${each.value ?? '?'}, its limit is ${each.thresh ?? '?'}.`);
  const nvme = report.nvme_smart_health_information_log;
  for (const [bit, words] of nvmeWarnings) if (((nvme?.critical_warning ?? 0) & bit) !== 0) found.push(words);
  const { available_spare: spare, available_spare_threshold: limit } = nvme ?? {};
  if (spare !== undefined && limit !== undefined && spare < limit)
    found.push(`${spare} % of its spare blocks are left, its limit is ${limit} %.`);
  const test = report.ata_smart_self_test_log?.standard?.table[0]?.status;
  if (test?.passed === false && /fail/i.test(test.string ?? '')) found.push(`Its last self-test: ${test.string}.`);
  if ((facts.pending ?? 0) > 0 && (rawOf(attribute(report, 198)) ?? 0) > 0)
    found.push(`${facts.pending} sectors cannot be read any more.`);
  return found;
}

function wearOf(report: SmartReport, facts: Facts): string[] {
  const found: string[] = [];
  const { used = 0, reallocated = 0, pending = 0, mediaErrors = 0 } = facts;
  if (used >= 0.9) found.push(`${Math.round(used * 100)} % of the life its maker promises are used up.`);
  if (reallocated > 0) found.push(`${reallocated} sectors were bad and were replaced.`);
  if (pending > 0) found.push(`${pending} sectors could not be read and wait to be replaced.`);
  if (mediaErrors > 0) found.push(`${mediaErrors} times it could not give back what was written to it.`);
  for (const each of report.ata_smart_attributes?.table ?? [])
    if (each.when_failed === 'past' && !/temp/i.test(each.name)) found.push(`${each.name} was below its limit once.`);
  return found;
}

/** Why nothing is known; undefined when the disk did tell something. */
function silence(disk: DiskName, report: SmartReport, facts: Facts): string | undefined {
  const said = report.smart_status?.passed !== undefined || report.ata_smart_attributes || report.nvme_smart_health_information_log; // prettier-ignore
  if (said || facts.reallocated !== undefined || facts.used !== undefined) return undefined;
  if (disk.transport === 'virtio' || /^vd[a-z]/.test(disk.name) || /^(?:qemu|virtual)/i.test(report.model_name ?? disk.model)) return 'A virtual disk does not report its health.'; // prettier-ignore
  const messages = report.smartctl.messages.map(({ string }) => string);
  const bridge = messages.find((each) => /USB bridge/i.test(each));
  if (bridge) return `Its USB adapter does not pass SMART on (${bridge.replace(/^\/dev\/\w+: /, '')}).`;
  if (disk.name.startsWith('mmcblk')) return 'Memory cards and eMMC do not report their health by SMART.';
  if (report.smart_support?.available === false) return 'It has no SMART.';
  if (report.smart_support?.enabled === false) return 'SMART is switched off on it.';
  const [first] = messages;
  return first ? `smartctl: ${first.replace(/^\/dev\/\w+: /, '')}` : 'It told nothing about its health.';
}

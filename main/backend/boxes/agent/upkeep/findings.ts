import type { BoxHealth, DiskHealth } from '../../../../contract/box/upkeep.ts';

type Finding = BoxHealth['findings'][number];
type Facts = Omit<BoxHealth, 'findings' | 'at'>;

/** What a person should know of these readings, worst first; one that says all is well when there is nothing else. Pure. */
export function findingsOf(facts: Facts): Finding[] {
  const found = [
    ...facts.disks.flatMap(ofDisk),
    ...facts.filesystems.flatMap(ofFilesystem),
    ...facts.failedUnits.map(ofUnit),
    ...ofMemory(facts),
    ...ofHeat(facts),
    ...ofClock(facts),
  ];
  const order = ['bad', 'warning', 'note', 'good'];
  found.sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone));
  return found.some(({ tone }) => tone !== 'note')
    ? found
    : [{ tone: 'good', title: 'All is well', detail: 'Nothing of what was looked at needs you.' }, ...found];
}

const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

function ofDisk(disk: DiskHealth): Finding[] {
  const name = disk.model ? `${disk.model} (${disk.name})` : `The disk ${disk.name}`;
  const heat: Finding[] = (disk.celsius ?? 0) >= (disk.name.startsWith('nvme') ? 80 : 60)
    ? [{ tone: 'warning', title: `${name} is hot`, detail: `It has ${disk.celsius} °C.`, fix: 'Give it air: fans, dust, the place where the box stands.' }]
    : []; // prettier-ignore
  switch (disk.verdict) {
    case 'failing':
      return [{ tone: 'bad', title: `${name} is failing`, detail: disk.why, fix: 'Copy what matters to another place today, then replace the disk.' }, ...heat]; // prettier-ignore
    case 'worn':
      return [{ tone: 'warning', title: `${name} is worn`, detail: disk.why, fix: 'Have copies of what matters and plan a new disk.' }, ...heat]; // prettier-ignore
    case 'unknown':
      return [
        {
          tone: 'note',
          title: `The health of ${disk.model ? name : `the disk ${disk.name}`} is not known`,
          detail: disk.why,
        },
        ...heat,
      ];
    case 'good':
      return heat;
  }
}

function ofFilesystem({ path, what, total, free }: BoxHealth['filesystems'][number]): Finding[] {
  // The start partition is filled by two systems on purpose.
  if (total <= 0 || path === '/run/hearth/medium') return [];
  const share = free / total;
  const detail = `${what}: ${gib(free)} of ${gib(total)} are free.`;
  if (share < 0.03 || free < 256 * 1024 ** 2)
    return [{ tone: 'bad', title: 'The disk is full', detail, fix: 'Remove images, snapshots or virtual machines that are no longer needed.' }]; // prettier-ignore
  if (share < 0.1)
    return [{ tone: 'warning', title: 'The disk is getting full', detail, fix: 'Remove images, snapshots or virtual machines that are no longer needed.' }]; // prettier-ignore
  return [];
}

function ofUnit({ unit, lines }: BoxHealth['failedUnits'][number]): Finding {
  const last = lines.at(-1);
  return {
    tone: unit.startsWith('hearth') || unit.startsWith('k3s') ? 'bad' : 'warning',
    title: `${unit} failed`,
    detail: last ? `Its last line: ${last}` : 'It left no line.',
    fix: 'Restart the box. If it fails again, save its logs and look at the lines of this service.',
  };
}

function ofMemory({ memory, load, cpus }: Facts): Finding[] {
  const found: Finding[] = [];
  if (memory.total > 0 && memory.available / memory.total < 0.05)
    found.push({
      tone: 'warning',
      title: 'Memory is nearly used up',
      detail: `${gib(memory.available)} of ${gib(memory.total)} are available.`,
      fix: 'Stop virtual machines, or give them less memory.',
    });
  const [, , quarter = 0] = load;
  if (quarter > cpus * 2)
    found.push({
      tone: 'note',
      title: 'It is very busy',
      detail: `For 15 minutes ${quarter.toFixed(1)} programs on average wanted one of its ${cpus} processors.`,
    });
  return found;
}

const ofHeat = ({ temperatures }: Facts): Finding[] =>
  temperatures
    .filter(({ celsius, high }) => celsius >= (high ?? 105) - 5)
    .map(({ name, celsius, high }) => ({
      tone: 'warning',
      title: 'It is too hot',
      detail: `${name}: ${celsius} °C${high === undefined ? '' : `, its limit is ${high} °C`}.`,
      fix: 'Give it air: fans, dust, the place where the box stands.',
    }));

const ofClock = ({ clock }: Facts): Finding[] =>
  clock.synchronised
    ? []
    : [
        {
          tone: 'note',
          title: 'The clock is not set by the network',
          detail: 'It runs on its own; certificates and logs go wrong when it drifts.',
          fix: 'Let the box reach the internet, or a time server in your network (NTP, port 123/UDP).',
        },
      ];

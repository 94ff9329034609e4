import type { UserRow } from './access.ts';
import type { AuditEntry } from './audit.ts';
import type { FirstBoot, Snippet } from './cloud-init.ts';
import type { BoxRow, FoundBox } from './box/boxes.ts';
import type { SeatRow } from './classroom.ts';
import type { CommandEntry } from './commands.ts';
import type { EventRow, MachineRow } from './machine.ts';
import type { ImageRow } from './image.ts';
import type { LabRow } from './labs/run.ts';
import type { Appliance } from './appliance.ts';
import type { TargetEntry } from './targets.ts';
import type { NetworkRow } from './networks.ts';
import type { PodRow } from './pods.ts';
import type { RecordingRow } from './recordings.ts';
import type { StorageDisk } from './storage.ts';
import type { Task } from './task.ts';

/** What `removed` in a ListUpdate names, list by list: both sides use these and nothing else. */
export const rowKeys = {
  /** By name: a machine made anew under its old name takes the old row's place. */
  machine: (row: Pick<MachineRow, 'namespace' | 'name'>): string => `${row.namespace}/${row.name}`,
  image: (row: Pick<ImageRow, 'uid'>): string => row.uid,
  event: (row: Pick<EventRow, 'uid'>): string => row.uid,
  task: (row: Pick<Task, 'id'>): string => row.id,
  target: (row: Pick<TargetEntry, 'id'>): string => row.id,
  network: (row: Pick<NetworkRow, 'id'>): string => row.id,
  pod: (row: Pick<PodRow, 'kind' | 'namespace' | 'name'>): string => `${row.kind}/${row.namespace}/${row.name}`,
  appliance: (row: Pick<Appliance, 'id'>): string => row.id,
  user: (row: Pick<UserRow, 'id'>): string => row.id,
  audit: (row: Pick<AuditEntry, 'id'>): string => row.id,
  command: (row: Pick<CommandEntry, 'id'>): string => row.id,
  firstBoot: (row: Pick<FirstBoot, 'namespace' | 'name'>): string => `${row.namespace}/${row.name}`,
  disk: (row: Pick<StorageDisk, 'uid'>): string => row.uid,
  box: (row: Pick<BoxRow, 'id'>): string => row.id,
  foundBox: (row: Pick<FoundBox, 'address'>): string => row.address,
  snippet: (row: Pick<Snippet, 'id'>): string => row.id,
  seat: (row: Pick<SeatRow, 'id'>): string => row.id,
  lab: (row: Pick<LabRow, 'name'>): string => row.name,
  recording: (row: Pick<RecordingRow, 'name'>): string => row.name,
} as const;

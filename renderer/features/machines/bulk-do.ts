import type { Api } from '../../../main/contract/contract.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { folderTrouble, labelTrouble, parseLabel, tidyFolder } from '../../../main/contract/organise-rules.ts';
import { taskDone } from '../../lib/tasks.ts';
import type { AskOffer } from '../../lib/use-offer.ts';
import { isMachineAction, offerOfBulk } from './bulk.ts';
import type { BulkAction } from './bulk.ts';
import { deleteInput } from './delete-choice.tsx';
import type { DeleteHow } from './delete-choice.tsx';
import { whyNot } from './row-actions.tsx';
import { t } from './text.ts';

/** What a person says before many machines are acted on. */
export interface BulkInput {
  how: DeleteHow;
  folder: string;
  label: string;
  /** The label is taken away instead of given. */
  removeLabel: boolean;
  snapshot: string;
}
export const firstInput = (rows: readonly MachineRow[]): BulkInput => ({
  how: 'bin',
  folder: rows[0]?.folder ?? '',
  label: '',
  removeLabel: false,
  snapshot: `set-${new Date()
    .toISOString()
    .slice(0, 16)
    .replaceAll(/[^0-9]/g, '')}`,
});

/** Why a row is left out: it is not one's own, or is not so that it could be. Metadata can be written whatever the machine does. */
export const bulkWhyNot = (row: MachineRow, action: BulkAction, offer: AskOffer): string | undefined =>
  offer(offerOfBulk(action), { namespace: row.namespace }) ??
  (isMachineAction(action) ? whyNot(row, action) : row.status === 'Terminating' ? whyNot(row, 'start') : undefined);

/** Why what was typed cannot be used. Pure. */
export function inputTrouble(action: BulkAction, input: BulkInput): string | undefined {
  if (action === 'folder') return folderTrouble(tidyFolder(input.folder));
  if (action === 'snapshot')
    return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(input.snapshot) ? undefined : t('bulk.snapshotBad');
  if (action !== 'label') return undefined;
  const { key, value } = parseLabel(input.label);
  return labelTrouble(key, value);
}

/** One machine's part. Throws its Problem. */
export async function doOne(api: Api, action: BulkAction, row: MachineRow, input: BulkInput): Promise<void> {
  const ref = { namespace: row.namespace, name: row.name };
  if (action === 'folder') return api.organise.change({ ...ref, folder: input.folder });
  if (action === 'label') {
    const { key, value } = parseLabel(input.label);
    return api.organise.change({ ...ref, labels: { [key]: input.removeLabel ? null : value } });
  }
  // Snapshots of different machines share a namespace, and so may not share a name.
  if (action === 'snapshot') {
    const snapshot = `${row.name.slice(0, 62 - input.snapshot.length)}-${input.snapshot}`;
    const { taskId } = await api.snapshots.take({ ...ref, snapshot });
    return taskDone(api, taskId);
  }
  return api.machines.act({ ...ref, action, ...deleteInput(input.how) });
}

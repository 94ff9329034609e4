import { useState } from 'react';
import type { Appliance } from '../../../main/contract/appliance.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { AccessDialog } from './access-dialog.tsx';
import { t } from './text.ts';
import type { Access, Asker } from './use-run.ts';

/** The way on from a host key that is not the known one: look at both, and take the new one on purpose. */
export function HostKeyCure({ row }: { row: Appliance }) {
  const [open, setOpen] = useState(false);
  // A look at the machine with the key that was accepted is what makes it known.
  const accept = useAction(
    async (api, { place }: Access) => {
      if (place) await api.appliances.preflight({ place });
    },
    {
      onDone: () => toast({ title: t('hostKey.known', { place: row.place }) }),
      onProblem: toastProblem,
    },
  );
  const asker: Asker = {
    asks: open ? { need: 'host-key', problem: row.problem } : undefined,
    busy: accept.busy,
    answer: (access) => {
      setOpen(false);
      void accept.run(access);
    },
    dismiss: () => setOpen(false),
  };
  return (
    <>
      <Button size="small" busy={accept.busy} onClick={() => setOpen(true)}>
        {t('hostKey.look')}
      </Button>
      <AccessDialog row={row} runner={asker} />
    </>
  );
}

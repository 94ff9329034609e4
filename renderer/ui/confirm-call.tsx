import type { ComponentProps, ReactNode } from 'react';
import type { Api } from '../../main/contract/contract.ts';
import { useAction } from '../lib/use-call.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { toast } from './toast.tsx';

interface Props extends Omit<ComponentProps<typeof ConfirmDialog>, 'open' | 'busy' | 'problem' | 'onConfirm'> {
  /** What is done when it is confirmed. */
  call: (api: Api) => Promise<unknown>;
  /** What is said when it was done. */
  done?: string;
}

/** Asks, calls, says that it was done and closes; what failed is shown where it was asked. */
export function ConfirmCall({ call, done, onClose, ...rest }: Props): ReactNode {
  const action = useAction((api, _input: undefined) => call(api), {
    onDone: () => {
      if (done !== undefined) toast({ title: done });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      {...rest}
      open
      onClose={onClose}
      busy={action.busy}
      problem={action.problem}
      onConfirm={() => void action.run(undefined)}
    />
  );
}

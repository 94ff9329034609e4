import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Problem } from '../../main/contract/problem.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import css from './dialog.module.css';
import { ProblemView } from './problem-view.tsx';
import { TextField } from './text-field.tsx';
import { t } from './text.ts';

interface Props {
  open: boolean;
  onClose: () => void;
  onConfirm: () => void;
  /** A question that names the thing. */
  title: string;
  /** A verb and its object: "Delete machine". */
  confirmLabel: string;
  danger?: boolean | undefined;
  busy?: boolean | undefined;
  problem?: Problem | undefined;
  /** For what cannot be undone: the word to type first. */
  typeToConfirm?: string | undefined;
  /** Why it cannot be confirmed yet. */
  why?: string | undefined;
  size?: 'small' | 'medium' | undefined;
  children?: ReactNode;
}

export function ConfirmDialog(props: Props) {
  const { open, onClose, onConfirm, title, confirmLabel, danger, busy, problem, typeToConfirm, children } = props;
  const { size = 'small' } = props;
  const [typed, setTyped] = useState('');
  const untyped =
    typeToConfirm !== undefined && typed !== typeToConfirm ? t('confirm.first', { name: typeToConfirm }) : undefined;
  const why = props.why ?? untyped;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      size={size}
      cancel
      footer={
        <Button tone={danger ? 'danger' : 'primary'} busy={busy} why={why} onClick={onConfirm}>
          {confirmLabel}
        </Button>
      }
    >
      <div
        role="presentation"
        className={css.confirm}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.defaultPrevented || !isText(event.target) || busy || why !== undefined)
            return;
          event.preventDefault();
          onConfirm();
        }}
      >
        {children}
        {typeToConfirm !== undefined && (
          <TextField label={t('confirm.type', { name: typeToConfirm })} value={typed} onChange={setTyped} mono />
        )}
        {problem && <ProblemView problem={problem} compact />}
      </div>
    </Dialog>
  );
}

/** Enter at the end of what was typed confirms, as in any form. Not on a choice: that is too easily pressed. */
const isText = (target: EventTarget): boolean =>
  target instanceof HTMLInputElement && target.matches('[type=text], [type=password], :not([type])') && target.role !== 'combobox'; // prettier-ignore

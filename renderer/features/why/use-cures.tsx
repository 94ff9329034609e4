import { useState } from 'react';
import type { ReactNode } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import type { Cure } from '../../../main/contract/why.ts';
import { useApi } from '../../lib/connection.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { t } from './text.ts';

/** Cures are done at once; those that interrupt something, or need a text, ask first. */
export function useCures(row: Pick<MachineRow, 'namespace' | 'name'>): {
  cure: (cure: Cure) => void;
  /** Label of the one that is under way. */
  busy: string | undefined;
  dialogs: ReactNode;
} {
  const api = useApi();
  const [busy, setBusy] = useState<string>();
  const [asked, setAsked] = useState<Cure>();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<Problem>();

  async function run(cure: Cure, written?: string): Promise<Problem | undefined> {
    const { action } = cure;
    if (action.type === 'page' || action.type === 'commands') return undefined;
    setBusy(cure.label);
    try {
      const done = action.type === 'createSecret' && written !== undefined ? { ...action, text: written } : action;
      const { said } = await api.why.cure({ namespace: row.namespace, name: row.name, cure: done });
      toast({ title: said, tone: 'ok' });
      return undefined;
    } catch (error) {
      return asProblem(error);
    } finally {
      setBusy(undefined);
    }
  }
  function cure(chosen: Cure): void {
    if (chosen.action.type === 'commands' || chosen.asks !== undefined || chosen.input) {
      setProblem(undefined);
      setText(chosen.input?.initial ?? '');
      setAsked(chosen);
      return;
    }
    void run(chosen).then((trouble) => trouble && toastProblem(trouble));
  }
  async function confirm(): Promise<void> {
    if (!asked) return;
    const trouble = await run(asked, asked.input && text);
    setProblem(trouble);
    if (!trouble) setAsked(undefined);
  }
  async function lookAgain(): Promise<void> {
    try {
      await api.host.recheck({});
      toast({ title: t('again.done'), tone: 'ok' });
    } catch (error) {
      toastProblem(asProblem(error));
    }
    setAsked(undefined);
  }

  const close = (): void => setAsked(undefined);
  if (!asked) return { cure, busy, dialogs: null };
  const dialogs =
    asked.action.type === 'commands' ? (
      <Dialog
        open
        onClose={close}
        title={asked.label}
        description={t('commands')}
        footer={
          <>
            <Button tone="quiet" onClick={close}>
              {t('close')}
            </Button>
            <Button tone="primary" onClick={() => void lookAgain()}>
              {t('again')}
            </Button>
          </>
        }
      >
        <CodeBlock text={asked.action.commands.join('\n')} label={t('runs')} />
      </Dialog>
    ) : (
      <ConfirmDialog
        open
        onClose={close}
        onConfirm={() => void confirm()}
        title={asked.label}
        confirmLabel={asked.label}
        size={asked.input ? 'medium' : 'small'}
        busy={busy === asked.label}
        problem={problem}
      >
        {asked.detail && <p>{asked.detail}</p>}
        {asked.asks && <p>{asked.asks}</p>}
        {asked.input && <TextArea label={asked.input.label} value={text} onChange={setText} rows={10} mono />}
      </ConfirmDialog>
    );
  return { cure, busy, dialogs };
}

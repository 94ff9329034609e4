import { useState } from 'react';
import type { ReactNode } from 'react';
import type { OwnSeat } from '../../../../main/contract/classroom.ts';
import { useAction } from '../../../lib/use-call.ts';
import { useMay } from '../../../lib/use-may.ts';
import { Announce } from '../../../ui/announce.tsx';
import { Button } from '../../../ui/button.tsx';
import { ConfirmCall } from '../../../ui/confirm-call.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { CloseIcon, EyeIcon, FlagIcon } from '../../../ui/icons.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import { StatusDot } from '../../../ui/status.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import type { Tone } from '../../../ui/tone.ts';
import css from '../classroom.module.css';
import { t } from '../text.ts';
import { Question } from './question.tsx';

const tones: Record<OwnSeat['state'], Tone> = { connecting: 'busy', here: 'running', away: 'warning', changed: 'problem', over: 'stopped' }; // prettier-ignore

/** The class beside one's own work: who looks, who has a console, and help. */
export function SeatBar({ own }: { own: OwnSeat }): ReactNode {
  const [asking, setAsking] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const takeBack = useAction<undefined, void>((api) => api.classroom.takeBack({}), { onProblem: toastProblem });
  const read = useAction((api, id: string) => api.classroom.read({ id }), { onProblem: toastProblem });
  const unhelp = useAction<undefined, void>((api) => api.classroom.help({}), { onProblem: toastProblem });
  const leave = useAction<undefined, void>((api) => api.classroom.leave({}), { onProblem: toastProblem });
  const may = useMay();
  const { taken, help, teacher } = own;
  const over = own.state === 'over';
  // Nothing is sent to another key.
  const helpless = over || own.state === 'changed';
  const doing = taken
    ? t('bar.taken', { teacher, machine: taken.machine })
    : own.looking && own.state === 'here'
      ? t('bar.looking', { teacher })
      : '';
  const message = own.messages[0];
  const question = own.questions[0];
  return (
    <section className={css.bar} aria-label={t('class')} data-taken={taken ? '' : undefined}>
      <div className={css.barRow}>
        <StatusDot tone={tones[own.state]} label={t(`own.${own.state}`)} />
        <span className={css.barName} title={own.className}>
          {own.className}
        </span>
        {own.state !== 'here' && <span className={css.small}>{own.problem?.title ?? t(`own.${own.state}`)}</span>}
        {doing !== '' && (
          <span className={css.doing}>
            <EyeIcon />
            {doing}
          </span>
        )}
        <Announce text={taken ? doing : message ? message.text : ''} />
        <div className={css.barButtons}>
          {taken && (
            <Button
              size="small"
              tone="primary"
              busy={takeBack.busy}
              why={may('classroom.takeBack')}
              onClick={() => void takeBack.run(undefined)}
            >
              {t('bar.takeBack')}
            </Button>
          )}
          {!helpless && help && (
            <span className={css.small}>{help.coming ? t('bar.coming', { teacher }) : t('bar.asked')}</span>
          )}
          {!helpless &&
            (help ? (
              <Button
                size="small"
                busy={unhelp.busy}
                why={may('classroom.help')}
                onClick={() => void unhelp.run(undefined)}
              >
                {t('bar.unhelp')}
              </Button>
            ) : (
              <Button size="small" icon={FlagIcon} why={may('classroom.help')} onClick={() => setAsking(true)}>
                {t('bar.help')}
              </Button>
            ))}
          <Button
            size="small"
            tone="quiet"
            why={may('classroom.leave')}
            onClick={() => (over ? void leave.run(undefined) : setLeaving(true))}
          >
            {over ? t('bar.dismiss') : t('bar.leave')}
          </Button>
        </div>
      </div>
      {message && (
        <div className={css.barRow}>
          <span className={css.message}>{t('bar.says', { teacher, text: message.text })}</span>
          <IconButton icon={CloseIcon} label={t('bar.read')} onClick={() => void read.run(message.id)} />
        </div>
      )}
      {question && <Question key={question.id} own={own} question={question} />}
      {asking && <HelpDialog onClose={() => setAsking(false)} />}
      {leaving && (
        <ConfirmCall
          title={t('leave.title', { name: own.className })}
          confirmLabel={t('bar.leave')}
          call={(api) => api.classroom.leave({})}
          onClose={() => setLeaving(false)}
        >
          {t('leave.text')}
        </ConfirmCall>
      )}
    </section>
  );
}

function HelpDialog({ onClose }: { onClose: () => void }): ReactNode {
  const [text, setText] = useState('');
  const help = useAction((api, wish: string) => api.classroom.help({ text: wish }), { onDone: onClose, onProblem: toastProblem }); // prettier-ignore
  const send = (): void => void help.run(text.trim() === '' ? t('help.plain') : text.trim());
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title={t('bar.help')}
      footer={
        <Button tone="primary" busy={help.busy} onClick={send}>
          {t('help.send')}
        </Button>
      }
    >
      <TextField label={t('help.text')} value={text} onChange={setText} onEnter={send} maxLength={300} />
    </Dialog>
  );
}

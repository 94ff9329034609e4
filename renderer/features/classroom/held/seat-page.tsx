import { useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { SeatRow } from '../../../../main/contract/classroom.ts';
import { labs, useList } from '../../../lib/resources.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { Card } from '../../../ui/card.tsx';
import { ConfirmCall } from '../../../ui/confirm-call.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { FlagIcon, ScreenIcon, TerminalIcon, UserIcon } from '../../../ui/icons.tsx';
import { PageHeader } from '../../../ui/page-header.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Select } from '../../../ui/select.tsx';
import { StatusBadge, StatusDot } from '../../../ui/status.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import { toast, toastProblem } from '../../../ui/toast.tsx';
import css from '../classroom.module.css';
import { useSeatPictures } from '../resources.ts';
import { t } from '../text.ts';
import { checkTone, moodOf, moodTone } from '../view.ts';
import { HelpButtons } from './help-buttons.tsx';
import { Progress, Thumbnail } from './seat-card.tsx';
import { SeatConsole } from './seat-console.tsx';

const back = { to: '/labs/-/class', label: '' };

/** One seat, large: its machines, its consoles, and what can be asked of it. */
export function SeatPage({ row }: { row: SeatRow | undefined }): ReactNode {
  const pictures = useSeatPictures(row?.id);
  const [console, setConsole] = useState<{ machine: string; kind: 'screen' | 'serial' }>();
  const [removing, setRemoving] = useState(false);
  const [, go] = useLocation();
  if (!row)
    return (
      <>
        <PageHeader title={t('seat.none')} back={{ ...back, label: t('class') }} />
        <EmptyState icon={UserIcon} title={t('seat.none')}>
          {t('seat.none.text')}
        </EmptyState>
      </>
    );
  const { now } = row;
  const mood = moodOf(row);
  const why = row.state === 'away' ? t('away.why') : undefined;
  const shown = pictures.get(row.id) ?? [];
  return (
    <>
      <PageHeader
        title={row.name}
        badge={<StatusBadge tone={moodTone[mood]}>{t(`mood.${mood}`)}</StatusBadge>}
        back={{ ...back, label: t('class') }}
        actions={<Button tone="danger" onClick={() => setRemoving(true)}>{t('remove')}</Button>}
      />
      {row.problem && <ProblemView problem={row.problem} compact />}
      {now?.help && (
        <Card>
          <div className={css.stack}>
            <p className={css.help}>
              <FlagIcon />
              <span>{now.help.coming ? t('help.coming', { text: now.help.text }) : now.help.text}</span>
            </p>
            <HelpButtons row={row} />
          </div>
        </Card>
      )}
      <Card title={now?.lab?.title ?? t('progress')}>
        <div className={css.stack}>
          <Progress row={row} />
          {now?.asked && <p className={css.small}>{t(`asked.${now.asked.state}`, { title: now.asked.title })}</p>}
          {now?.lab && now.lab.checks.length > 0 && (
            <ul className={css.checks}>
              {now.lab.checks.map(({ title, state }, at) => (
                <li key={at}>
                  <StatusDot tone={checkTone[state]} />
                  {t(`check.${state}`, { title })}
                </li>
              ))}
            </ul>
          )}
        </div>
      </Card>
      {now?.lab && (
        <Card title={t('machines')}>
          <ul className={css.seats}>
            {now.lab.machines.map(({ name, running }) => (
              <li key={name} className={css.card}>
                <Thumbnail row={row} picture={running ? shown.find(({ machine }) => machine === name) : undefined} />
                <div className={css.body}>
                  <h3 className={css.name}>{name}</h3>
                  <div className={css.buttons}>
                    <Button size="small" icon={ScreenIcon} why={why ?? (running ? undefined : t('off.why'))} onClick={() => setConsole({ machine: name, kind: 'screen' })}>{t('take.screen')}</Button>
                    <Button size="small" icon={TerminalIcon} why={why ?? (running ? undefined : t('off.why'))} onClick={() => setConsole({ machine: name, kind: 'serial' })}>{t('take.serial')}</Button>
                  </div>
                </div>
              </li>
            ))}
          </ul>
          {console && <SeatConsole key={`${console.machine} ${console.kind}`} seat={row.id} {...console} onClose={() => setConsole(undefined)} />}
        </Card>
      )}
      <Asking row={row} why={why} />
      {removing && (
        <ConfirmCall
          title={t('remove.title', { name: row.name })}
          confirmLabel={t('remove')}
          danger
          call={async (api) => {
            await api.classroom.remove({ seat: row.id });
            go(back.to);
          }}
          onClose={() => setRemoving(false)}
        >
          {t('remove.text')}
        </ConfirmCall>
      )}
    </>
  );
} // prettier-ignore

/** What can be asked of a seat; it is the person there who does it. */
function Asking({ row, why }: { row: SeatRow; why: string | undefined }): ReactNode {
  const lab = row.now?.lab;
  const [text, setText] = useState('');
  const [step, setStep] = useState<string>();
  const [sent, setSent] = useState<string>();
  const library = useList(labs).items.filter(({ problem }) => !problem);
  const done = (title: string) => () => toast({ title });
  const tell = useAction((api, line: string) => api.classroom.tell({ seat: row.id, kind: 'message', text: line }), { onDone: () => { setText(''); toast({ title: t('message.sent') }); }, onProblem: toastProblem });
  const sendBack = useAction((api, to: { lab: string; step: string }) => api.classroom.sendBack({ seat: row.id, ...to }), { onDone: done(t('asked.sent')), onProblem: toastProblem });
  const sendLab = useAction((api, name: string) => api.classroom.sendLab({ seat: row.id, lab: name }), { onDone: done(t('asked.sent')), onProblem: toastProblem });
  const steps = lab?.steps.filter(({ checkpoint }) => checkpoint) ?? [];
  return (
    <Card title={t('ask')}>
      <div className={css.stack}>
      <form className={css.row} noValidate onSubmit={(event) => { event.preventDefault(); if (text.trim() !== '' && !why) void tell.run(text.trim()); }}>
        <TextField label={t('message')} value={text} onChange={setText} maxLength={300} />
        <Button type="submit" busy={tell.busy} why={why ?? (text.trim() === '' ? t('message.why') : undefined)}>{t('send')}</Button>
      </form>
      <div className={css.row}>
        <Select label={t('step.back')} value={step} onChange={setStep} placeholder={t('choose')} options={steps.map(({ id, title }) => ({ value: id, label: title }))} />
        <Button busy={sendBack.busy} why={why ?? (steps.length === 0 ? t('step.why') : step === undefined ? t('choose') : undefined)} onClick={() => lab && step !== undefined && void sendBack.run({ lab: lab.lab, step })}>{t('step.send')}</Button>
      </div>
      <div className={css.row}>
        <Select label={t('lab.send')} value={sent} onChange={setSent} placeholder={t('choose')} options={library.map(({ name, title }) => ({ value: name, label: title }))} />
        <Button busy={sendLab.busy} why={why ?? (sent === undefined ? t('choose') : undefined)} onClick={() => sent !== undefined && void sendLab.run(sent)}>{t('send')}</Button>
      </div>
      </div>
    </Card>
  );
} // prettier-ignore

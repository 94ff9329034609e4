import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { OwnSeat, SeatQuestion } from '../../../../main/contract/classroom.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { toast, toastProblem } from '../../../ui/toast.tsx';
import css from '../classroom.module.css';
import { t } from '../text.ts';

/** What the teacher asks, with both answers. It waits; nothing happens by itself. */
export function Question({ own, question }: { own: OwnSeat; question: SeatQuestion }): ReactNode {
  const [, go] = useLocation();
  const { ask } = question;
  const answer = useAction((api, accept: boolean) => api.classroom.answer({ id: question.id, accept }), {
    onProblem: toastProblem,
    onDone: ({ lab }) => {
      if (lab === undefined) return;
      toast({ title: t('question.kept') });
      go(`/labs/${encodeURIComponent(lab)}`);
    },
  });
  return (
    <div className={css.question} role="group" aria-label={t('question')}>
      <div>
        <p>
          {ask.what === 'step'
            ? t('question.step', { teacher: own.teacher, title: ask.title })
            : t('question.lab', { teacher: own.teacher, title: ask.title })}
        </p>
        <p className={css.small}>
          {ask.what === 'step'
            ? t('question.step.text')
            : `${ask.summary} ${ask.replaces ? t('question.replaces') : ''}`.trim()}
        </p>
      </div>
      <div className={css.buttons}>
        <Button size="small" tone="primary" busy={answer.busy} onClick={() => void answer.run(true)}>
          {ask.what === 'step' ? t('question.goBack') : t('question.keep')}
        </Button>
        <Button size="small" busy={answer.busy} onClick={() => void answer.run(false)}>
          {t('question.no')}
        </Button>
      </div>
    </div>
  );
}

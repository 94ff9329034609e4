import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { SeatPicture } from '../../../../main/contract/class-seat.ts';
import type { SeatRow } from '../../../../main/contract/classroom.ts';
import { FlagIcon } from '../../../ui/icons.tsx';
import { StatusDot } from '../../../ui/status.tsx';
import css from '../classroom.module.css';
import { t } from '../text.ts';
import { moodOf, moodTone } from '../view.ts';
import { HelpButtons } from './help-buttons.tsx';

/** One seat: its screen, how far it is, and what it wants. */
export function SeatCard({ row, picture }: { row: SeatRow; picture: SeatPicture | undefined }): ReactNode {
  const { now } = row;
  const mood = moodOf(row);
  return (
    <li className={css.card} data-help={now?.help ? '' : undefined}>
      <Thumbnail row={row} picture={picture} />
      <div className={css.body}>
        <h3 className={css.name}>
          <StatusDot tone={moodTone[mood]} label={t(`mood.${mood}`)} />
          <Link className={css.link} to={`/labs/-/class/${row.id}`} title={row.name}>
            {row.name}
          </Link>
        </h3>
        <Progress row={row} />
        {now?.help && (
          <>
            <p className={css.help}>
              <FlagIcon />
              <span>{now.help.coming ? t('help.coming', { text: now.help.text }) : now.help.text}</span>
            </p>
            <HelpButtons row={row} />
          </>
        )}
      </div>
    </li>
  );
}

export function Thumbnail({ row, picture }: { row: SeatRow; picture: SeatPicture | undefined }): ReactNode {
  const shown = row.state === 'here' && picture?.png !== undefined;
  return (
    <div className={css.picture} data-away={row.state === 'away' || undefined}>
      {shown ? (
        <img src={`data:image/png;base64,${picture.png}`} alt={t('picture', { name: row.name, machine: picture.machine })} />
      ) : (
        <span className={css.noPicture}>{row.state === 'away' ? t('mood.away') : t('noPicture')}</span>
      )}
    </div>
  );
} // prettier-ignore

/** Step, title, points. */
export function Progress({ row }: { row: SeatRow }): ReactNode {
  const lab = row.now?.lab;
  if (!lab) return <p className={css.small}>{t('noLab')}</p>;
  const n = lab.steps.length;
  const passed = lab.steps.filter(({ state }) => state === 'passed').length;
  const open = lab.steps[lab.step];
  return (
    <>
      <div className={css.steps} aria-hidden="true">
        {lab.steps.map(({ id, state }) => (
          <span key={id} data-state={state} />
        ))}
      </div>
      <p className={css.small}>
        {lab.state === 'finished' ? t('finished', { title: lab.title, passed, n }) : t('step', { k: Math.min(lab.step + 1, n), n, title: open?.title ?? lab.title })}
        {' · '}
        {t('score', lab.score)}
      </p>
      {lab.problem !== undefined && <p className={css.small}>{lab.problem}</p>}
    </>
  );
} // prettier-ignore

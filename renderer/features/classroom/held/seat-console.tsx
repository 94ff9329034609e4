import { useCallback } from 'react';
import type { ReactNode } from 'react';
import { useApi } from '../../../lib/connection.ts';
import { Button } from '../../../ui/button.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { ScreenView } from '../../console/screen-view.tsx';
import { SerialView } from '../../console/serial-view.tsx';
import { useLink } from '../../console/use-link.ts';
import css from '../classroom.module.css';
import { t } from '../text.ts';

interface Props {
  seat: string;
  machine: string;
  kind: 'screen' | 'serial';
  onClose: () => void;
}
const yes = (): boolean => true;
const nothing = (): void => undefined;

/** A console of somebody else's machine; they see that it is taken, and can end it. */
export function SeatConsole({ seat, machine, kind, onClose }: Props): ReactNode {
  const api = useApi();
  const open = useCallback(() => api.classroom.console({ seat, machine, kind }), [api, seat, machine, kind]);
  const { link, state } = useLink(open, true);
  const pipe = state.is === 'open' ? state.pipe : undefined;
  const problem = state.is === 'ended' || state.is === 'waiting' ? state.problem : undefined;
  const label = t('console', { machine });
  return (
    <section className={css.console} aria-label={label}>
      <div className={css.toolbar}>
        <h3 className={css.groupTitle}>{label}</h3>
        <Button size="small" onClick={onClose}>
          {t('console.close')}
        </Button>
      </div>
      {problem && (
        <ProblemView
          compact
          problem={problem}
          actions={
            <Button size="small" onClick={() => link.retry()}>
              {t('console.again')}
            </Button>
          }
        />
      )}
      <div className={css.stage}>
        {kind === 'screen'
          ? pipe && (
              <ScreenView
                label={label}
                pipe={pipe}
                link={link}
                scale="fit"
                viewOnly={false}
                mayFocus={yes}
                onScreen={nothing}
                onTextMode={nothing}
              />
            )
          : !problem && (
              <SerialView
                label={label}
                pipe={pipe}
                link={link}
                viewOnly={false}
                mayFocus={yes}
                onTerminal={nothing}
                onSize={undefined}
              />
            )}
      </div>
    </section>
  );
}

import { useCallback, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import { Button } from '../../ui/button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { RefreshIcon, SearchIcon } from '../../ui/icons.tsx';
import { KeyTrap } from '../console/key-trap.tsx';
import { SerialView } from '../console/serial-view.tsx';
import { SearchBar } from '../console/serial-tools.tsx';
import type { MadeTerminal } from '../console/terminal.ts';
import { useLink } from '../console/use-link.ts';
import css from './containers.module.css';
import { t } from './text.ts';

interface Props {
  label: string;
  /** Must stay the same function for as long as it is the same container. */
  open: () => Promise<BytePipe>;
  /** Why nothing can be shown. */
  why: string | undefined;
  viewOnly: boolean;
  /** Said while it is connected. */
  live: string;
  again: string;
  onSize?: (size: { cols: number; rows: number }) => void;
  /** Before and after the tools that both have. */
  choice: ReactNode;
  tools?: ReactNode;
}
const never = (): boolean => false;
/** Of a log there is nothing to be said: it cannot be typed into. */
const says = { focused: t('shell.focused'), watching: '' };
const always = (): boolean => true;

/** A terminal over a pipe, with what it says of its connection above it: what was printed stays to be read. */
export function TerminalPanel({ label, open, why, viewOnly, live, again, onSize, choice, tools }: Props): ReactNode {
  const [made, setMade] = useState<MadeTerminal>();
  const [searching, setSearching] = useState(false);
  const bar = useRef<HTMLDivElement>(null);
  const { link, state } = useLink(open, why === undefined);
  const pipe = state.is === 'open' ? state.pipe : undefined;
  const problem = state.is === 'waiting' || state.is === 'ended' ? state.problem : undefined;
  const onTerminal = useCallback((now: MadeTerminal | undefined) => setMade(now), []);
  const said = why ?? (problem ? [problem.title, problem.detail, problem.fix].filter(Boolean).join(' ') : state.is === 'open' ? live : t('connecting')); // prettier-ignore
  return (
    <section className={css.panel} aria-label={label}>
      <div className={css.tools} ref={bar} role="toolbar" aria-label={label}>
        {choice}
        {tools}
        <span className={css.push}>
          <IconButton
            icon={SearchIcon}
            label={t('logs.search')}
            why={made ? undefined : t('connecting')}
            onClick={() => setSearching(true)}
          />
          <IconButton icon={RefreshIcon} label={again} why={why} onClick={() => link.retry()} />
        </span>
      </div>
      {searching && made && <SearchBar made={made} onClose={() => setSearching(false)} />}
      <div className={css.said}>
        <output>{said}</output>
        {problem && (
          <Button size="small" onClick={() => link.retry()}>
            {again}
          </Button>
        )}
      </div>
      <KeyTrap exit={bar} viewOnly={viewOnly} on={state.is === 'open'} paused={false} says={says}>
        {why === undefined && (
          <SerialView
            label={label}
            pipe={pipe}
            link={link}
            viewOnly={viewOnly}
            mayFocus={viewOnly ? never : always}
            onTerminal={onTerminal}
            onSize={onSize}
          />
        )}
      </KeyTrap>
    </section>
  );
}

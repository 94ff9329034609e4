import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { ConsoleLink, LinkState } from './link.ts';
import { ScreenView } from './screen-view.tsx';
import type { LiveScreen, ScaleMode } from './screen-view.tsx';
import { SerialView } from './serial-view.tsx';
import { SshLogin } from './ssh/ssh-login.tsx';
import type { Stage, View } from './stage.ts';
import type { MadeTerminal } from './terminal.ts';
import { t } from './text.ts';
import { WatchView } from './watch-view.tsx';

interface Props {
  of: ObjectRef;
  view: View;
  stage: Stage;
  state: LinkState;
  link: ConsoleLink;
  scale: ScaleMode;
  viewOnly: boolean;
  /** Looking on while somebody else has the screen. */
  watching: boolean;
  /** Who logged in here before. */
  before: string;
  /** Whether what connects may take the keyboard; must stay the same function. */
  mayFocus: () => boolean;
  onScreen: (screen: LiveScreen | undefined) => void;
  onTextMode: (on: boolean) => void;
  onTerminal: (made: MadeTerminal | undefined) => void;
  onSize: (size: { cols: number; rows: number }) => void;
  onTake: () => void;
  onLogin: (user: string) => void;
}

/** What the console shows, under whatever has to be said over it. */
export function StageView(props: Props): ReactNode {
  const { of, view, stage, state, link, viewOnly } = props;
  const pipe = state.is === 'open' ? state.pipe : undefined;
  if (stage.is === 'login') return <SshLogin of={of} before={props.before} onLogin={props.onLogin} />;
  if (view === 'screen') {
    if (stage.is === 'taken' && props.watching) return <WatchView of={of} onTake={props.onTake} />;
    return (
      pipe && (
        <ScreenView
          label={t('stage.screen', { name: of.name })}
          pipe={pipe}
          link={link}
          scale={props.scale}
          viewOnly={viewOnly}
          mayFocus={props.mayFocus}
          onScreen={props.onScreen}
          onTextMode={props.onTextMode}
        />
      )
    );
  }
  // What was printed stays to be read while the connection is lost or over.
  const shown = ['open', 'lost', 'connecting', ...(view === 'ssh' ? ['ended'] : [])].includes(stage.is);
  return (
    shown && (
      <SerialView
        key={view}
        label={t(`stage.${view}`, { name: of.name })}
        pipe={pipe}
        link={link}
        viewOnly={viewOnly}
        mayFocus={props.mayFocus}
        onTerminal={props.onTerminal}
        onSize={view === 'ssh' ? props.onSize : undefined}
      />
    )
  );
}

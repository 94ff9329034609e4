import { createContext, useContext } from 'react';
import { IconButton } from './icon-button.tsx';
import { HelpIcon } from './icons.tsx';
import { t } from './text.ts';

/** The route of the guide for what is shown; the frame around the pages knows it. */
export const HelpContext = createContext<string | undefined>(undefined);

/** Leads to the guide of this page, where there is one. */
export function HelpLink() {
  const to = useContext(HelpContext);
  return to === undefined ? null : <IconButton icon={HelpIcon} label={t('help')} to={to} />;
}

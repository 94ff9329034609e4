import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../../main/contract/machine-ref.ts';
import { useCall } from '../../../lib/use-call.ts';
import { IconButton } from '../../../ui/icon-button.tsx';
import { CopyIcon, EditIcon, SearchIcon, UserIcon } from '../../../ui/icons.tsx';
import { Menu } from '../../../ui/menu.tsx';
import { toast } from '../../../ui/toast.tsx';
import { PasteDialog } from '../keys/paste-dialog.tsx';
import { intoTerminal } from '../keys/paste-target.ts';
import type { MadeTerminal } from '../terminal.ts';
import { t } from '../text.ts';

interface Props {
  of: ObjectRef;
  user: string;
  made: MadeTerminal | undefined;
  onSearch: () => void;
  /** Ends the session and asks again who logs in. */
  onLeave: () => void;
}

/** What can be done with a shell besides typing. */
export function SshTools({ of, user, made, onSearch, onLeave }: Props): ReactNode {
  const [pasting, setPasting] = useState(false);
  const access = useCall(['ssh', of.namespace, of.name], (api) => api.ssh.access(of)).value;
  const why = made && user ? undefined : t('ssh.none');
  const copy = (text: string): void =>
    void navigator.clipboard.writeText(text).then(() => toast({ title: t('copied'), detail: text }));
  return (
    <>
      <IconButton icon={SearchIcon} label={t('search')} why={why} onClick={onSearch} />
      <IconButton icon={EditIcon} label={t('paste')} why={why} onClick={() => setPasting(true)} />
      <Menu
        label={t('ssh.copy')}
        icon={CopyIcon}
        items={(access?.commands ?? []).map(({ id, text }) => ({
          label: t(`ssh.command.${id}`),
          onSelect: () => copy(text.replaceAll('{user}', user || (access?.user ?? 'USER'))),
        }))}
      />
      <IconButton icon={UserIcon} label={t('ssh.leave')} why={user ? undefined : t('ssh.none')} onClick={onLeave} />
      {pasting && made && <PasteDialog of={of} to={intoTerminal(made)} onClose={() => setPasting(false)} />}
    </>
  );
}

import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import {
  ArrowDownIcon,
  ArrowUpIcon,
  CloseIcon,
  CopyIcon,
  DownloadIcon,
  EditIcon,
  SearchIcon,
} from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { useApi } from '../../lib/connection.ts';
import css from './console.module.css';
import { PasteDialog } from './keys/paste-dialog.tsx';
import { intoTerminal } from './keys/paste-target.ts';
import { saveFile, stamped } from './save.ts';
import type { MadeTerminal } from './terminal.ts';
import { t } from './text.ts';

interface Props {
  of: ObjectRef;
  made: MadeTerminal | undefined;
  viewOnly: boolean;
  onSearch: () => void;
}

/** What can be done with a serial console besides reading and typing. */
export function SerialTools({ of, made, viewOnly, onSearch }: Props): ReactNode {
  const selected = useSelected(made);
  const api = useApi();
  const [pasting, setPasting] = useState(false);
  const why = made ? undefined : t('off');
  const offer = useOffer();
  const log = useAction((api, ref: ObjectRef) => api.consoles.serialLog(ref), {
    onDone: ({ text, truncated }) => {
      saveFile(`${stamped(of.name)}.log`, [text], 'text/plain;charset=utf-8');
      if (truncated) toast({ title: t('truncated'), tone: 'note' });
    },
    onProblem: toastProblem,
  });
  const copy = (): void => {
    if (made)
      void navigator.clipboard.writeText(made.terminal.getSelection()).then(() => toast({ title: t('copied') }));
  };
  const paste = (): void => {
    if (made) void navigator.clipboard.readText().then((text) => made.terminal.paste(text));
  };
  const tellSize = (): void => {
    if (!made) return;
    made.terminal.input(`stty rows ${made.terminal.rows} cols ${made.terminal.cols}\r`);
    made.terminal.focus();
  };
  return (
    <>
      <IconButton icon={SearchIcon} label={t('search')} why={why} onClick={onSearch} />
      <IconButton
        icon={CopyIcon}
        label={t('copy')}
        why={why ?? (selected ? undefined : t('copy.none'))}
        onClick={copy}
      />
      <IconButton
        icon={EditIcon}
        label={t('paste')}
        why={viewOnly ? t('watching') : why}
        onClick={() => setPasting(true)}
      />
      <IconButton
        icon={DownloadIcon}
        label={t('download')}
        busy={log.busy}
        why={offer('consoles.serialLog')}
        onClick={() => void log.run(of)}
      />
      <Menu
        label={t('more')}
        items={[
          {
            label: t('pasteClipboard'),
            shortcut: 'Ctrl+Shift+V',
            onSelect: paste,
            why: viewOnly ? t('watching') : why,
          },
          { label: t('size'), onSelect: tellSize, why: viewOnly ? t('watching') : why },
          { label: t('clear'), onSelect: () => made?.terminal.clear(), why },
        ]}
      />
      {pasting && made && (
        <PasteDialog
          of={of}
          to={intoTerminal(made, () => api.consoles.serialLog(of).then(({ text }) => text))}
          onClose={() => setPasting(false)}
        />
      )}
    </>
  );
}

function useSelected(made: MadeTerminal | undefined): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const listening = made?.terminal.onSelectionChange(listener);
      return () => listening?.dispose();
    },
    [made],
  );
  return useSyncExternalStore(subscribe, () => made?.terminal.hasSelection() ?? false);
}

const marks = {
  matchBackground: '#5a4614',
  matchOverviewRuler: '#dfae4a',
  activeMatchBackground: '#a05a1c',
  activeMatchColorOverviewRuler: '#f17a45',
};

/** The search line over a terminal: Enter finds upwards, Shift+Enter downwards, Escape closes. */
export function SearchBar({ made, onClose }: { made: MadeTerminal; onClose: () => void }): ReactNode {
  const [text, setText] = useState('');
  const bar = useRef<HTMLElement>(null);
  useEffect(() => bar.current?.querySelector('input')?.focus(), []);
  const [found, setFound] = useState<{ resultIndex: number; resultCount: number }>();
  useEffect(() => {
    const listening = made.search.onDidChangeResults(setFound);
    return () => {
      listening.dispose();
      made.search.clearDecorations();
      made.terminal.focus();
    };
  }, [made]);
  const find = (back: boolean, wanted = text): void => {
    if (wanted === '') made.search.clearDecorations();
    else if (back) made.search.findPrevious(wanted, { decorations: marks });
    else made.search.findNext(wanted, { decorations: marks });
  };
  const shown =
    !found || text === ''
      ? ''
      : found.resultCount === 0
        ? t('search.none')
        : t('search.count', { at: found.resultIndex + 1, n: found.resultCount });
  return (
    // oxlint-disable-next-line no-static-element-interactions -- Enter and Escape of the field in it
    <search
      ref={bar}
      className={css.searchBar}
      onKeyDown={(event) => {
        if (event.key === 'Enter') find(!event.shiftKey);
        if (event.key === 'Escape' && text === '') onClose();
      }}
    >
      <SearchField
        label={t('search.field')}
        value={text}
        onChange={(wanted) => {
          setText(wanted);
          find(true, wanted);
        }}
      />
      <output className={css.found}>{shown}</output>
      <IconButton icon={ArrowUpIcon} label={t('search.previous')} onClick={() => find(true)} />
      <IconButton icon={ArrowDownIcon} label={t('search.next')} onClick={() => find(false)} />
      <IconButton icon={CloseIcon} label={t('search.close')} onClick={onClose} />
    </search>
  );
}

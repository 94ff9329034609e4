import { useEffect, useRef } from 'react';
import { typing } from '../lib/typing.ts';
import { CloseIcon, SearchIcon } from './icons.tsx';
import { Kbd } from './kbd.tsx';
import css from './search-field.module.css';
import { t } from './text.ts';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string | undefined;
  /** `/` jumps here. */
  shortcut?: boolean | undefined;
}

export function SearchField({ label, value, onChange, placeholder = label, shortcut }: Props) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!shortcut) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [shortcut]);
  return (
    <div className={css.box} role="search">
      <span className={css.icon}>
        <SearchIcon />
      </span>
      <input
        ref={input}
        className={css.input}
        aria-label={label}
        placeholder={placeholder}
        value={value}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && (value ? onChange('') : input.current?.blur())}
      />
      {value ? (
        <button type="button" className={css.clear} aria-label={t('search.clear')} onClick={() => onChange('')}>
          <CloseIcon />
        </button>
      ) : (
        shortcut && (
          <span className={css.hint} aria-hidden="true">
            <Kbd keys="/" />
          </span>
        )
      )}
    </div>
  );
}

import { useState } from 'react';
import type { ReactNode } from 'react';
import { settings, useLive } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Menu } from '../../ui/menu.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './cloud-init.module.css';
import { LinesField } from './lines-field.tsx';
import { t } from './text.ts';

/** Public keys: typed, taken from the settings, or fetched from where somebody publishes them. */
export function KeysField({
  value,
  onChange,
}: {
  value: readonly string[];
  onChange: (keys: string[]) => void;
}): ReactNode {
  // prettier-ignore
  const kept = useLive(settings).value?.sshKeys ?? [];
  const [from, setFrom] = useState('');
  const [fetching, setFetching] = useState(false);
  const add = (keys: readonly string[]): void => onChange([...new Set([...value, ...keys.map((key) => key.trim())])]);
  const fetch = useAction((api, address: string) => api.cloudInit.importKeys({ from: address }), {
    onDone: ({ keys }) => {
      add(keys);
      setFrom('');
      setFetching(false);
    },
  });
  const missing = kept.filter(({ key }) => !value.includes(key.trim()));
  return (
    <div className={css.part}>
      <LinesField label={t('keys')} value={value} onChange={onChange} hint={t('keys.hint')} />
      <div className={css.tools}>
        {missing.length > 0 && (
          <Menu
            label={t('keys.kept')}
            trigger={<Button size="small">{t('keys.kept')}</Button>}
            items={missing.map(({ name, key }) => ({ label: name, onSelect: () => add([key]) }))}
          />
        )}
        {!fetching && (
          <Button size="small" tone="quiet" onClick={() => setFetching(true)}>
            {t('keys.fetch')}
          </Button>
        )}
      </div>
      {fetching && (
        <div className={css.hash}>
          <TextField label={t('keys.from')} mono value={from} onChange={setFrom} hint={t('keys.from.hint')} />
          <Button
            size="small"
            busy={fetch.busy}
            why={from.trim() ? undefined : t('keys.from.empty')}
            onClick={() => void fetch.run(from)}
          >
            {' '}
            {/* prettier-ignore */}
            {t('keys.get')}
          </Button>
        </div>
      )}
      {fetch.problem && <ProblemView problem={fetch.problem} compact />}
    </div>
  );
}

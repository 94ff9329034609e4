import { useState } from 'react';
import type { ReactNode } from 'react';
import { useCall } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Fold, Folds } from '../../ui/fold.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { licencesFrom, partsLike } from './licence-list.ts';
import type { Part } from './licence-list.ts';
import css from './settings.module.css';
import { t } from './text.ts';

/** Everything of others that is in Hearth, with the text of its licence: a file of the build, so it is there offline. */
export function Licences(): ReactNode {
  const [shown, setShown] = useState(false);
  return (
    <Card title={t('about.licences')}>
      <div className={css.stack}>
        <p className={css.text}>{t('about.licencesText')}</p>
        {shown ? (
          <List />
        ) : (
          <div>
            <Button onClick={() => setShown(true)}>{t('about.licencesShow')}</Button>
          </div>
        )}
      </div>
    </Card>
  );
}

function List(): ReactNode {
  const file = useCall(['licences'], (_api, signal) => licencesFrom('./licences.json', signal), { staleMs: Infinity });
  const [query, setQuery] = useState('');
  const [open, setOpen] = useState<string>();
  if (file.problem) return <ProblemView problem={file.problem} compact />;
  if (!file.value) return <Skeleton count={6} />;
  const { parts, texts } = file.value;
  const found = partsLike(parts, query);
  const keyOf = ({ name, version, folder }: Part): string => folder ?? `${name} ${version}`;
  return (
    <>
      <SearchField label={t('about.licencesSearch')} value={query} onChange={setQuery} />
      <p className={css.text} role="status">
        {t('about.licencesCount', { n: found.length })}
      </p>
      {found.length > 0 && (
        <Folds>
          {found.map((part) => (
            <Fold
              key={keyOf(part)}
              title={[part.name, part.version].filter(Boolean).join(' ')}
              summary={part.licence}
              open={open === keyOf(part)}
              onOpen={(next) => setOpen(next ? keyOf(part) : undefined)}
            >
              {/* Licences stand in their own language, nearly always English. */}
              {/* oxlint-disable-next-line no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
              <pre className={css.licence} role="region" lang="en" tabIndex={0} aria-label={part.name}>
                {texts[part.text] ?? t('about.licencesNone')}
              </pre>
            </Fold>
          ))}
        </Folds>
      )}
    </>
  );
}

import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { CatalogueEntry, ImageRow } from '../../../main/contract/image.ts';
import { bytes } from '../../lib/format.ts';
import { images, useList } from '../../lib/resources.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { ExternalIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './catalogue.module.css';
import { Glyph } from './glyph.tsx';
import { entryName, groupCatalogue } from './library.ts';
import { t } from './text.ts';

/** The catalogue by family. It works offline as a list: nothing is fetched until something is added. */
export function CatalogueTab({ onClose }: { onClose: () => void }): ReactNode {
  const catalogue = useCall(['catalogue'], (api) => api.images.catalogue({}), { staleMs: Infinity });
  const list = useList(images);
  const [search, setSearch] = useState('');
  const groups = useMemo(() => groupCatalogue(catalogue.value ?? [], search), [catalogue.value, search]);
  const have = useMemo(() => new Map(list.items.map((row) => [row.catalogueId, row])), [list.items]);
  const add = useAction(
    (api, entry: CatalogueEntry) =>
      entry.kind === 'starter' ? api.images.buildStarter({}) : api.images.addFromCatalogue({ id: entry.id }),
    {
      onDone: (_, entry) => {
        toast({
          title: entry.kind === 'starter' ? t('building') : t('added', { name: entryName(entry) }),
          detail: t('added.detail'),
        });
        onClose();
      },
    },
  );
  const [asked, setAsked] = useState<string>();
  return (
    <div className={css.catalogue}>
      <SearchField label={t('catalogue.search')} value={search} onChange={setSearch} />
      {add.problem && <ProblemView problem={add.problem} compact />}
      {catalogue.problem && <ProblemView problem={catalogue.problem} compact />}
      {catalogue.loading && <Skeleton height="row" count={5} />}
      {catalogue.value && groups.length === 0 && <p className={css.none}>{t('catalogue.none')}</p>}
      <div className={css.list}>
        {groups.map(({ family, entries }) => (
          <section key={family} aria-label={family}>
            <h3 className={css.family}>{family}</h3>
            <ul>
              {entries.map((entry) => (
                <Entry
                  key={entry.id}
                  entry={entry}
                  have={have.get(entry.id)}
                  busy={add.busy && asked === entry.id}
                  onAdd={() => {
                    setAsked(entry.id);
                    void add.run(entry);
                  }}
                />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}

interface EntryProps {
  entry: CatalogueEntry;
  have: ImageRow | undefined;
  busy: boolean;
  onAdd: () => void;
}
function Entry({ entry, have, busy, onAdd }: EntryProps): ReactNode {
  const title = entryName(entry);
  const offer = useOffer();
  const facts = [
    entry.kind === 'starter' ? t('catalogue.build') : t('catalogue.download', { size: bytes(entry.downloadSize) }),
    t('catalogue.memory', { size: bytes(entry.minMemory) }),
    entry.defaultUser && t('catalogue.user', { user: entry.defaultUser }),
  ].filter(Boolean);
  return (
    <li className={css.entry}>
      <Glyph {...entry.glyph} />
      <div className={css.words}>
        <p className={css.title}>
          {title}
          {entry.kind === 'installer' && <StatusBadge tone="note">{t('catalogue.installer')}</StatusBadge>}
          {entry.kind === 'starter' && <StatusBadge tone="ok">{t('catalogue.starter')}</StatusBadge>}
        </p>
        <p className={css.description}>{entry.description}</p>
        <p className={css.facts}>
          {facts.join(' · ')}
          <span className={css.links}>
            <a href={entry.licence.url} target="_blank" rel="noreferrer">
              {t('catalogue.licence', { name: entry.licence.name })}
            </a>
            <a href={entry.homepage} target="_blank" rel="noreferrer" aria-label={`${t('catalogue.home')}: ${title}`}>
              {t('catalogue.home')}
              <ExternalIcon />
            </a>
          </span>
        </p>
      </div>
      {have && have.state !== 'failed' ? (
        <StatusBadge tone={have.state === 'ready' ? 'ok' : 'busy'}>
          {t(have.state === 'ready' ? 'catalogue.have' : 'catalogue.making')}
        </StatusBadge>
      ) : (
        <Button
          size="small"
          busy={busy}
          why={offer(entry.kind === 'starter' ? 'images.buildStarter' : 'images.addFromCatalogue')}
          onClick={onAdd}
          aria-label={t('catalogue.addOf', { name: title })}
        >
          {t(entry.kind === 'starter' ? 'catalogue.build.add' : 'catalogue.add')}
        </Button>
      )}
    </li>
  );
}

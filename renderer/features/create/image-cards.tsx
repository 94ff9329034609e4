import { useState } from 'react';
import type { ReactNode } from 'react';
import type { CatalogueEntry, ImageRow } from '../../../main/contract/image.ts';
import { bytes, percent } from '../../lib/format.ts';
import { images as imageList, useList } from '../../lib/resources.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { BoxIcon, DiscIcon } from '../../ui/icons.tsx';
import type { Icon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Glyph } from '../images/glyph.tsx';
import { glyphOf } from '../images/library.ts';
import { systemText } from '../images/system-field.tsx';
import css from './create.module.css';
import { t } from './text.ts';
import type { Form } from './use-create.ts';

const few = 6;
const refOf = (image: ImageRow): string => `${image.namespace}/${image.name}`;

// One component for each glyph: a new one with every render would be drawn anew each time.
const glyphs = new Map<string, Icon>();
function glyphIcon(image: ImageRow, entry: CatalogueEntry | undefined): Icon {
  const { letters, hue } = glyphOf(image, entry);
  const key = `${letters} ${hue}`;
  const known = glyphs.get(key) ?? ((): React.ReactElement => <Glyph letters={letters} hue={hue} />);
  glyphs.set(key, known);
  return known;
}

/** The images as cards, the suggested one chosen. */
export function ImageCards({ form }: { form: Form }): ReactNode {
  const { draft, images } = form;
  const { problem } = useList(imageList);
  const [all, setAll] = useState(false);
  const catalogue = useCall(['catalogue'], (api) => api.images.catalogue({}), { staleMs: Infinity }).value;
  const entryOf = (image: ImageRow): CatalogueEntry | undefined =>
    catalogue?.find((entry) => entry.id === image.catalogueId);
  if (form.imagesLoading) return <Skeleton height="row" count={2} />;
  if (images.length === 0 && problem) return <ProblemView problem={problem} compact />;
  if (images.length === 0 && !draft.full) return <NoImages />;
  const ordered = images
    .filter((image) => image.state !== 'failed')
    .sort((a, b) => rank(a) - rank(b) || (a.createdAt < b.createdAt ? 1 : -1));
  const chosen = form.image ? refOf(form.image) : undefined;
  // The chosen one is always to be seen.
  const shown = ordered.filter((image, at) => all || at < few || refOf(image) === chosen);
  return (
    <div className={css.cards}>
      <RadioCards
        label={t('source')}
        hideLabel
        columns={3}
        value={draft.source === 'blank' ? 'blank' : chosen}
        onChange={(value) => choose(form, value)}
        options={[
          ...shown.map((image) => ({
            value: refOf(image),
            title: image.displayName,
            detail: detailOf(image),
            icon: glyphIcon(image, entryOf(image)),
            badge: image.kind === 'iso' ? t('source.installer') : undefined,
            why: whyNot(image),
          })),
          ...(draft.full || draft.source === 'blank'
            ? [{ value: 'blank', title: t('source.blank'), detail: t('source.blank.detail'), icon: BoxIcon }]
            : []),
        ]}
      />
      <div className={css.under}>
        {ordered.length > few && (
          <Button size="small" tone="quiet" onClick={() => setAll(!all)}>
            {all ? t('source.showLess') : t('source.showAll', { n: ordered.length })}
          </Button>
        )}
        <Button size="small" tone="quiet" to="/images">
          {t('source.more')}
        </Button>
      </div>
      {form.image?.system && draft.source !== 'blank' && <p className={css.note}>{systemText(form.image.system)}</p>}
      {form.error('source.image') && (
        <p role="alert" className={css.error}>
          {form.error('source.image')}
        </p>
      )}
    </div>
  );
}

const rank = (image: ImageRow): number => (image.state === 'ready' ? 0 : 2) + (image.kind === 'iso' ? 1 : 0);

function choose(form: Form, value: string): void {
  if (value === 'blank') {
    form.set({ source: 'blank', rootSize: form.draft.rootSize ?? 20 * 1024 ** 3 });
    return;
  }
  const image = form.images.find((each) => refOf(each) === value);
  if (!image) return;
  const { rootSize: _, ...rest } = form.draft;
  const iso = image.kind === 'iso';
  form.set({
    image: { namespace: image.namespace, name: image.name },
    source: iso ? 'iso' : 'image',
    ...(iso && { rootSize: diskFor(image, form) }),
    // Another image may have another login; what a person typed stays.
    ...(rest.user === form.image?.defaultUser && { user: '' }),
  });
}

/** What the system to be installed needs, until a person chose a size. */
function diskFor(image: ImageRow, { draft, image: before }: Form): number {
  const suggested = (row: ImageRow | undefined): number => row?.diskSize ?? 20 * 1024 ** 3;
  return draft.rootSize === undefined || draft.rootSize === suggested(before) ? suggested(image) : draft.rootSize;
}

function detailOf(image: ImageRow): string {
  if (image.state === 'importing')
    return t('source.making', { progress: image.progress === undefined ? '…' : percent(image.progress) });
  const size = image.virtualSize ?? image.realSize;
  return [size !== undefined && bytes(size), image.defaultUser && t('source.user', { user: image.defaultUser })]
    .filter(Boolean)
    .join(' · ');
}
const whyNot = (image: ImageRow): string | undefined => (image.state === 'ready' ? undefined : t('source.notReady'));

function NoImages(): ReactNode {
  const offer = useOffer();
  const build = useAction((api, input: Record<string, never>) => api.images.buildStarter(input));
  return (
    <EmptyState
      icon={DiscIcon}
      title={t('source.none.title')}
      actions={
        <>
          <Button
            tone="primary"
            busy={build.busy}
            why={offer('images.buildStarter')}
            onClick={() => void build.run({})}
          >
            {t('source.none.build')}
          </Button>
          <Button to="/images">{t('source.none.images')}</Button>
        </>
      }
    >
      {t('source.none.text')}
      {build.problem && <ProblemView problem={build.problem} compact />}
    </EmptyState>
  );
}

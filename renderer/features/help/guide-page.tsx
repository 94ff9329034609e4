import { useEffect, useMemo } from 'react';
import { guides, helpRoute } from '../../lib/guides.ts';
import type { Guide } from '../../lib/guides.ts';
import { useCall } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { HelpIcon } from '../../ui/icons.tsx';
import { anchorOf, headingsOf } from '../../ui/markdown/anchors.ts';
import { Markdown } from '../../ui/markdown/markdown.tsx';
import type { Drawing } from '../../ui/markdown/markdown.tsx';
import { parseMarkdown } from '../../ui/markdown/parse.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { followIn } from './follow.ts';
import css from './help.module.css';
import { bodyOf, readGuide } from './read.ts';
import { t } from './text.ts';

/** Ids of headings: none of the app's own begins so. */
const idOf = (anchor: string): string => `help-${anchor}`;
const drawing: Drawing = {
  button: () => null,
  typing: () => null,
  top: 2,
  anchor: (words) => idOf(anchorOf(words)),
};
const back = { to: '/help', label: t('title') };

/** Goes to a part of the guide: on the screen, and for who goes on by keyboard or listens. */
function showPart(part: string): void {
  const heading = document.getElementById(idOf(part));
  heading?.scrollIntoView({ block: 'start' });
  heading?.focus({ preventScroll: true });
}

export function GuidePage({ name, part }: { name: string; part: string | undefined }) {
  const guide = guides.find((each) => each.name === name);
  if (guide) return <GuideView guide={guide} part={part} />;
  return (
    <Page>
      <PageHeader title={t('missing.title')} back={back} />
      <EmptyState
        icon={HelpIcon}
        title={t('missing.title')}
        actions={
          <Button tone="primary" to="/help">
            {t('missing.all')}
          </Button>
        }
      >
        {t('missing.text')}
      </EmptyState>
    </Page>
  );
}

function GuideView({ guide, part }: { guide: Guide; part: string | undefined }) {
  const { name, title, about } = guide;
  const { value, loading, again } = useCall(['guide', name], () => readGuide(name), { staleMs: Infinity });
  return (
    <Page>
      <PageHeader title={title} subtitle={<span lang="en">{about}</span>} back={back} lang="en" />
      {value !== undefined ? (
        <GuideText name={name} text={value} part={part} />
      ) : loading ? (
        <Skeleton height="line" count={8} />
      ) : (
        <EmptyState icon={HelpIcon} title={t('failed.title')} actions={<Button onClick={again}>{t('again')}</Button>}>
          {t('failed.text')}
        </EmptyState>
      )}
    </Page>
  );
}

function GuideText({ name, text, part }: { name: string; text: string; part: string | undefined }) {
  const body = bodyOf(text);
  const follow = useMemo(() => followIn(name), [name]);
  const parts = useMemo(() => headingsOf(parseMarkdown(body)).filter(({ level }) => level === 1), [body]);
  useEffect(() => {
    if (part === undefined) return undefined;
    // After the frame has put the new page to its top.
    const frame = requestAnimationFrame(() => showPart(part));
    return () => cancelAnimationFrame(frame);
  }, [part]);
  return (
    <div className={css.columns}>
      {parts.length > 1 && (
        <nav className={css.parts} aria-label={t('parts')}>
          <p className={css.partsTitle}>{t('parts')}</p>
          <ul lang="en">
            {parts.map(({ anchor, words }) => (
              <li key={anchor}>
                <a
                  href={`#${helpRoute(name, anchor)}`}
                  aria-current={anchor === part ? 'location' : undefined}
                  onClick={() => showPart(anchor)}
                >
                  {words}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      )}
      <article className={css.text} lang="en">
        <Markdown text={body} drawing={drawing} follow={follow} />
      </article>
    </div>
  );
}

import type { ReactNode } from 'react';
import type { MapNode } from '../../../main/contract/map.ts';
import { cx } from '../../lib/cx.ts';
import { StatusDot } from '../../ui/status.tsx';
import type { Layout } from './placed.ts';
import css from './map.module.css';
import { t } from './text.ts';

const tones: readonly MapNode['tone'][] = ['running', 'busy', 'stopped', 'error'];

/** What the signs of the drawing mean: those that it has. */
export function Legend({ layout }: { layout: Layout }): ReactNode {
  const nodes = [...layout.nodes.values()];
  const lines = [
    { there: layout.ways.some(({ outside }) => outside), look: cx(css.way, css.wayOutside), text: t('legend.outside') },
    { there: layout.ways.some(({ outside }) => !outside), look: css.way, text: t('legend.inside') },
    { there: layout.links.some(({ unplugged }) => unplugged), look: cx(css.link, css.unplugged), text: t('unplugged') },
  ];
  return (
    <ul className={css.legend} aria-label={t('legend')}>
      {tones.map(
        (tone) =>
          nodes.some(({ node }) => node.tone === tone) && (
            <li key={tone}>
              <StatusDot tone={tone} />
              {t(`status.${tone}`)}
            </li>
          ),
      )}
      {lines.map(
        ({ there, look, text }) =>
          there && (
            <li key={text}>
              <svg width="28" height="4" aria-hidden>
                <path className={look} d="M0 2H28" />
              </svg>
              {text}
            </li>
          ),
      )}
    </ul>
  );
}

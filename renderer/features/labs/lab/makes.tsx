import { Fragment } from 'react';
import type { ReactNode } from 'react';
import type { LabPreview } from '../../../../main/contract/labs/run.ts';
import { bytes } from '../../../lib/format.ts';
import { Card } from '../../../ui/card.tsx';
import { DiscIcon } from '../../../ui/icons.tsx';
import { StatusBadge } from '../../../ui/status.tsx';
import { labNamespace } from '../namespace.ts';
import { t } from '../text.ts';
import css from './lab.module.css';

/** Objects by their kind, in the order they are made. Pure. */
function byKind(objects: LabPreview['objects']): [string, string[]][] {
  const kinds = new Map<string, string[]>();
  for (const { kind, name } of objects) kinds.set(kind, [...(kinds.get(kind) ?? []), name]);
  return [...kinds];
}

/** A kind's name may be broken where a word of it begins. */
const broken = (kind: string): ReactNode =>
  kind.split(/(?<=[a-z])(?=[A-Z])/).map((word, n) => (
    <Fragment key={word}>
      {n > 0 && <wbr />}
      {word}
    </Fragment>
  ));

/** Every object that the start makes, and every image that it fetches first. */
export function Makes({ preview, title }: { preview: LabPreview; title: string }): ReactNode {
  const { objects, images } = preview;
  return (
    <Card title={title}>
      <div className={css.stack}>
        <p className={css.muted}>{t('makes.in', { namespace: labNamespace(preview.row.name), n: objects.length })}</p>
        <dl className={css.kinds}>
          {byKind(objects).map(([kind, names]) => (
            <div key={kind} className={css.kind}>
              <dt>
                {broken(kind)} <span className={css.count}>{names.length}</span>
              </dt>
              <dd className={css.mono}>{names.join(', ')}</dd>
            </div>
          ))}
        </dl>
        {images.length > 0 && (
          <div className={css.tight}>
            <h3 className={css.small}>{t('images')}</h3>
            <ul className={css.images}>
              {images.map((image) => (
                <li key={image.name} className={css.image}>
                  <DiscIcon />
                  <div className={css.words}>
                    <span>
                      {image.name} {image.size !== undefined && <span className={css.count}>{bytes(image.size)}</span>}
                    </span>
                    <span className={css.from}>{image.from}</span>
                    {image.sha256 !== undefined && <span className={css.from}>SHA-256 {image.sha256}</span>}
                  </div>
                  <StatusBadge tone={image.there ? 'ok' : 'note'}>
                    {t(image.there ? 'image.there' : 'image.fetch')}
                  </StatusBadge>
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </Card>
  );
}

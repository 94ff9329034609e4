import { createContext, memo, useContext } from 'react';
import type { ReactNode } from 'react';
import type { CatalogueEntry, ImageRow } from '../../../main/contract/image.ts';
import type { Task } from '../../../main/contract/task.ts';
import { bytes, duration, percent } from '../../lib/format.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { CheckIcon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Progress } from '../../ui/progress.tsx';
import { StatusDot } from '../../ui/status.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';
import css from './images.module.css';
import { Glyph } from './glyph.tsx';
import { glyphOf } from './library.ts';
import { t } from './text.ts';

/** A row of the table: an image and the task that makes it. */
export interface Item {
  image: ImageRow;
  task: Task | undefined;
  entry: CatalogueEntry | undefined;
  /** An upload that an earlier page began: nobody sends it now, whatever the last figures say. */
  unfinished: boolean;
}
const stateOf = ({ image, unfinished }: Item): ImageRow['state'] => (unfinished ? 'waiting' : image.state);
export interface ItemActions {
  create: (image: ImageRow) => void;
  details: (image: ImageRow) => void;
  rename: (image: ImageRow) => void;
  remove: (image: ImageRow) => void;
  cancel: (task: Task) => void;
  goOn: () => void;
}
const nothing = (): void => undefined;
export const ItemActionsContext = createContext<ItemActions>({
  create: nothing, details: nothing, rename: nothing, remove: nothing, cancel: nothing, goOn: nothing,
}); // prettier-ignore

export const NameCell = memo(function NameCell({ item: { image, entry } }: { item: Item }): ReactNode {
  return (
    <span className={css.name}>
      <Glyph {...glyphOf(image, entry)} />
      <TwoLines strong first={image.displayName} second={`${t(image.kind)} · ${image.source}`} more={image.source} />
    </span>
  );
});

const tones = { ready: 'ok', importing: 'busy', waiting: 'paused', failed: 'error' } as const;

export const StateCell = memo(function StateCell({ item }: { item: Item }): ReactNode {
  const { image, task } = item;
  const state = stateOf(item);
  if (state === 'importing') {
    const progress = task?.progress ?? image.progress;
    const left = task?.secondsLeft === undefined ? '' : t('left', { time: duration(task.secondsLeft) });
    return (
      <TwoLines
        first={
          <span className={css.progress}>
            <Progress value={progress} label={image.displayName} />
            {progress !== undefined && <span className={css.figure}>{percent(progress)}</span>}
          </span>
        }
        second={[task?.detail, left].filter(Boolean).join(', ') || t('state.importing')}
      />
    );
  }
  const why = image.problem ?? task?.problem?.detail;
  return (
    <TwoLines
      first={
        <span className={css.line}>
          <StatusDot tone={tones[state]} />
          {t(`state.${state}`)}
          {state === 'ready' && image.checksumVerified && (
            <span className={css.verified} title={t('verified.hint')}>
              <CheckIcon />
              {t('verified')}
            </span>
          )}
        </span>
      }
      second={state === 'ready' ? undefined : why}
      bad={state === 'failed'}
    />
  );
});

export const SizeCell = memo(function SizeCell({ item: { image } }: { item: Item }): ReactNode {
  if (image.realSize === undefined && image.virtualSize === undefined) return <span className={css.second}>–</span>;
  return (
    <TwoLines
      first={<span title={image.format}>{bytes(image.realSize)}</span>}
      second={image.virtualSize !== undefined && image.kind === 'disk' ? bytes(image.virtualSize) : undefined}
    />
  );
});

export const UsedCell = memo(function UsedCell({ item: { image } }: { item: Item }): ReactNode {
  if (image.usedBy.length === 0) return <span className={css.second}>{t('unused')}</span>;
  return <span title={image.usedBy.join(', ')}>{t('used', { n: image.usedBy.length })}</span>;
});

const most = 3;
/** The first few by name, the others by number. */
const named = (names: readonly string[]): string =>
  names.length <= most + 1
    ? names.join(', ')
    : t('delete.more', { list: names.slice(0, most).join(', '), n: names.length - most });

/** Why an image cannot be deleted: the machines that need it, by name. */
export const deleteWhy = (image: ImageRow): string | undefined =>
  image.golden
    ? t('golden')
    : image.usedBy.length === 0
      ? undefined
      : t('delete.used', {
          n: image.usedBy.length,
          list: named(image.usedBy.map((ref) => ref.replace(/^default\//, ''))),
        });

export const ActionsCell = memo(function ActionsCell({ item }: { item: Item }): ReactNode {
  const { image, task } = item;
  const state = stateOf(item);
  const actions = useContext(ItemActionsContext);
  const offer = useOffer();
  return (
    <span className={css.actions}>
      {state === 'failed' && (
        <Button size="small" onClick={() => actions.details(image)}>
          {t('failed.why')}
        </Button>
      )}
      {state === 'waiting' && (
        <Button size="small" why={offer('images.startUpload')} onClick={actions.goOn}>
          {t('continue')}
        </Button>
      )}
      {state === 'importing' && task?.cancellable && task.state === 'running' && (
        <Button size="small" tone="quiet" onClick={() => actions.cancel(task)}>
          {t('cancelImport')}
        </Button>
      )}
      {image.state === 'ready' && (
        <Button size="small" why={offer('machines.create')} onClick={() => actions.create(image)}>
          {t('create')}
        </Button>
      )}
      <Menu
        label={t('more', { name: image.displayName })}
        items={[
          { label: t('details'), onSelect: () => actions.details(image) },
          {
            label: t('rename'),
            why: offer('images.rename') ?? (image.golden ? t('golden') : undefined),
            onSelect: () => actions.rename(image),
          },
          'separator',
          {
            label: t('delete'),
            danger: true,
            why: offer('images.remove') ?? deleteWhy(image),
            onSelect: () => actions.remove(image),
          },
        ]}
      />
    </span>
  );
});

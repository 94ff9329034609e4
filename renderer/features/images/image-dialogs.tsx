import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ImageRow } from '../../../main/contract/image.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { Task } from '../../../main/contract/task.ts';
import { bytes, dateTime } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmCall } from '../../ui/confirm-call.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './images.module.css';
import { deleteWhy } from './image-cells.tsx';
import { SystemField, systemText } from './system-field.tsx';
import { t } from './text.ts';

interface Props {
  image: ImageRow;
  onClose: () => void;
}
const refOf = ({ namespace, name }: ImageRow): ObjectRef => ({ namespace, name });

export function RenameDialog({ image, onClose }: Props): ReactNode {
  const [name, setName] = useState(image.displayName);
  const rename = useAction((api, displayName: string) => api.images.rename({ ...refOf(image), displayName }), {
    onDone: onClose,
  });
  const save = (): void => void (name.trim() && rename.run(name.trim()));
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title={t('rename.title', { name: image.displayName })}
      footer={
        <>
          <Button tone="quiet" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button tone="primary" busy={rename.busy} onClick={save}>
            {t('rename.save')}
          </Button>
        </>
      }
    >
      <TextField label={t('rename.field')} value={name} onChange={setName} onEnter={save} maxLength={200} />
      {rename.problem && <ProblemView problem={rename.problem} compact />}
    </Dialog>
  );
}

export function DeleteDialog({ image, onClose }: Props): ReactNode {
  const used = deleteWhy(image);
  return (
    <ConfirmCall
      danger
      title={t('delete.title', { name: image.displayName })}
      confirmLabel={t('delete.confirm')}
      call={(api) => api.images.remove(refOf(image))}
      onClose={onClose}
    >
      <p>
        {image.realSize === undefined || image.source.startsWith('/')
          ? t('delete.textUnknown')
          : t('delete.text', { size: bytes(image.realSize) })}
      </p>
      {image.source.startsWith('/') && <p className={css.path}>{t('delete.inPlace', { source: image.source })}</p>}
      {used && <p className={css.bad}>{used}</p>}
    </ConfirmCall>
  );
}

interface DetailsProps extends Props {
  task: Task | undefined;
  onCreate: () => void;
}

/** Everything known about one image. */
export function DetailsDialog({ image, task, onClose, onCreate }: DetailsProps): ReactNode {
  const offer = useOffer();
  const items = [
    { label: t('detail.state'), value: t(`state.${image.state}`) },
    { label: t('detail.kind'), value: t(image.kind) },
    { label: t('detail.source'), value: image.source, copy: image.source },
    image.os && {
      label: t('detail.system'),
      value: image.system ? systemText(image.system) : image.os,
    },
    image.defaultUser && { label: t('detail.user'), value: image.defaultUser, mono: true },
    { label: t('detail.cloudInit'), value: t(image.cloudInit ? 'yes' : 'no') },
    image.format && { label: t('detail.format'), value: image.format },
    { label: t('detail.real'), value: bytes(image.realSize) },
    image.virtualSize !== undefined && { label: t('detail.virtual'), value: bytes(image.virtualSize) },
    image.minMemory !== undefined && { label: t('detail.memory'), value: bytes(image.minMemory) },
    image.preference && { label: t('detail.preference'), value: image.preference },
    image.checksum && {
      label: t('detail.checksum'),
      mono: true,
      copy: image.checksum,
      value: (
        <>
          <span className={css.digest}>{image.checksum}</span>
          <span className={image.checksumVerified ? css.verified : css.second}>
            {t(image.checksumVerified ? 'verified' : 'unverified')}
          </span>
        </>
      ),
    },
    {
      label: t('detail.used'),
      value:
        image.usedBy.length === 0
          ? t('nobody')
          : image.usedBy.map((ref) => (
              <a key={ref} className={css.user} href={`#/machines/${ref}`}>
                {ref.replace(/^default\//, '')}
              </a>
            )),
    },
    { label: t('detail.added'), value: dateTime(image.createdAt) },
    { label: t('detail.name'), value: `${image.namespace}/${image.name}`, mono: true },
  ].filter((item) => typeof item === 'object');
  return (
    <Dialog
      open
      onClose={onClose}
      title={image.displayName}
      footer={
        <>
          <Button tone="quiet" onClick={onClose}>
            {t('close')}
          </Button>
          <Button
            tone="primary"
            why={offer('machines.create') ?? (image.state === 'ready' ? undefined : t('create.why'))}
            onClick={onCreate}
          >
            {t('create')}
          </Button>
        </>
      }
    >
      {image.state === 'failed' && (task?.problem ?? image.problem) && (
        <div className={css.problem}>
          <ProblemView
            compact
            problem={
              task?.problem ?? {
                code: 'image-failed',
                kind: 'failed',
                title: t('state.failed'),
                detail: image.problem ?? '',
              }
            }
          />
        </div>
      )}
      <KeyValue items={items} />
      {image.kind === 'iso' && !image.golden && <SystemChoice image={image} />}
    </Dialog>
  );
}

/** What an installer installs is a guess: a person knows better. */
function SystemChoice({ image }: { image: ImageRow }): ReactNode {
  const save = useAction((api, system: string) => api.images.setSystem({ ...refOf(image), system }));
  const why = useOffer()('images.setSystem');
  if (why !== undefined) return null;
  return (
    <div className={css.problem}>
      <SystemField
        guess={image.system ?? null}
        value={undefined}
        onChange={(system) => system !== undefined && void save.run(system)}
      />
      {save.problem && <ProblemView problem={save.problem} compact />}
    </div>
  );
}

import { useState } from 'react';
import type { ReactNode } from 'react';
import type { AddPlace, BackupPlace } from '../../../main/contract/backups.ts';
import { Segments } from '../../ui/segments.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './backups.module.css';
import { t } from './text.ts';

export interface PlaceFields {
  name: string;
  type: BackupPlace['type'];
  path: string;
  endpoint: string;
  bucket: string;
  folder: string;
  keyId: string;
  secretKey: string;
  password: string;
  again: string;
}
const none: PlaceFields = { name: '', type: 'folder', path: '', endpoint: '', bucket: '', folder: '', keyId: '', secretKey: '', password: '', again: '' }; // prettier-ignore

/** Passwords are in no storage: after a reload they are typed again. */
export function usePlaceFields(name: string): [PlaceFields, (part: Partial<PlaceFields>) => void] {
  const [fields, setFields] = useState<PlaceFields>({ ...none, name });
  return [fields, (part) => setFields((before) => ({ ...before, ...part }))];
}

/** What is to be sent, or why it cannot be yet. `create`: a new place, whose password is typed twice. Pure. */
export function placeInput(fields: PlaceFields, create: boolean): { input: AddPlace } | { lack: string } {
  const { name, type, path, endpoint, bucket, folder, keyId, secretKey, password, again } = fields;
  if (name.trim() === '') return { lack: t('lack.name') };
  if (type === 'folder' && !/^\/./.test(path.trim())) return { lack: t('lack.path') };
  if (type === 's3') {
    if (!/^https?:\/\/[^/?#@\s]+\/?$/.test(endpoint.trim())) return { lack: t('lack.endpoint') };
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket.trim())) return { lack: t('lack.bucket') };
    if (keyId.trim() === '' || secretKey.trim() === '') return { lack: t('lack.keys') };
  }
  if (password.length < 8) return { lack: t('lack.password') };
  if (create && password !== again) return { lack: t('lack.again') };
  const place: BackupPlace =
    type === 'folder'
      ? { type, path: path.trim() }
      : { type, endpoint: endpoint.trim(), bucket: bucket.trim(), folder: folder.trim().replaceAll(/^\/+|\/+$/g, ''), keyId: keyId.trim() }; // prettier-ignore
  return {
    input: { name: name.trim(), place, password, create, ...(type === 's3' && { secretKey: secretKey.trim() }) },
  };
}

export function PlaceForm(props: {
  fields: PlaceFields;
  change: (part: Partial<PlaceFields>) => void;
  create: boolean;
  onEnter: () => void;
}): ReactNode {
  const { fields, change, create, onEnter } = props;
  const field = (key: Exclude<keyof PlaceFields, 'type'>, more: { hint?: string; mono?: boolean; type?: 'password'; autoComplete?: 'new-password' | 'current-password'; placeholder?: string } = {}): ReactNode => (
    <TextField label={t(`field.${key}`)} value={fields[key]} onChange={(value) => change({ [key]: value })} onEnter={onEnter} {...more} />
  ); // prettier-ignore
  return (
    <div className={css.form}>
      {field('name')}
      <Segments
        label={t('field.type')}
        value={fields.type}
        onChange={(type) => change({ type })}
        items={[
          { value: 'folder', label: t('type.folder') },
          { value: 's3', label: t('type.s3') },
        ]}
      />
      {fields.type === 'folder' && field('path', { hint: t('field.pathHint'), mono: true, placeholder: '/mnt/nas/hearth' })}
      {fields.type === 's3' && (
        <>
          {field('endpoint', { mono: true, placeholder: 'https://nas.lan:9000' })}
          <div className={css.pair}>
            {field('bucket', { mono: true })}
            {field('folder', { mono: true, hint: t('field.folderHint') })}
          </div>
          <div className={css.pair}>
            {field('keyId', { mono: true })}
            {field('secretKey', { type: 'password', mono: true })}
          </div>
        </>
      )}
      {field('password', { type: 'password', autoComplete: create ? 'new-password' : 'current-password', hint: t(create ? 'field.passwordNew' : 'field.passwordOld') })}
      {create && field('again', { type: 'password', autoComplete: 'new-password' })}
    </div>
  ); // prettier-ignore
}

import { useState } from 'react';
import type { ReactNode } from 'react';
import type { z } from 'zod';
import type { addImageUrlSchema } from '../../../main/contract/image.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './images.module.css';
import { checksumOf, fileNameOf, nameOfFile } from './names.ts';
import { SystemField } from './system-field.tsx';
import { t } from './text.ts';
import { useName } from './use-name.ts';

type Input = z.input<typeof addImageUrlSchema>;
const isAddress = (text: string): boolean => {
  const url = URL.parse(text.trim());
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '';
};

/** An image by its address, checked against a checksum where one is stated. */
export function UrlTab({ onClose }: { onClose: () => void }): ReactNode {
  const [url, setUrl] = useState('');
  const [left, setLeft] = useState(false);
  const [checksum, setChecksum] = useState('');
  const [user, setUser] = useState('');
  const { name, set: setName, error: nameError } = useName(nameOfFile(fileNameOf(url)));
  const [system, setSystem] = useState<string>();
  const address = isAddress(url) ? url.trim() : undefined;
  const guess = useCall(['images', 'identify', address], (api) => api.images.identifyAddress({ url: address ?? '' }), {
    enabled: address !== undefined,
    keepFor: 2,
  }).value;
  const digest = checksumOf(checksum);
  const add = useAction((api, input: Input) => api.images.addFromUrl(input), {
    onDone: () => {
      toast({ title: t('added', { name }), detail: t('added.detail') });
      onClose();
    },
  });
  const fields = add.problem?.fields ?? {};
  const good = isAddress(url) && name !== '' && nameError === undefined && !digest.wrong;
  const submit = (): void => {
    setLeft(true);
    if (!good) return;
    void add.run({
      url: url.trim(),
      name,
      displayName: fileNameOf(url) || name,
      ...(digest.value && { checksum: digest.value }),
      ...(system !== undefined && { system }),
      ...(user.trim() && { defaultUser: user.trim() }),
    });
  };
  return (
    <form
      noValidate
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextField
        label={t('url.field')}
        type="url"
        value={url}
        onChange={setUrl}
        onBlur={() => setLeft(url !== '')}
        hint={t('url.hint')}
        error={left && !isAddress(url) ? t('url.bad') : fields['url']}
        placeholder="https://"
      />
      <TextField
        label={t('name.field')}
        value={name}
        onChange={setName}
        hint={t('name.hint')}
        error={nameError ?? fields['name']}
        maxLength={63}
      />
      <SystemField guess={guess} asked={address !== undefined} value={system} onChange={setSystem} />
      <TextField
        label={t('url.checksum')}
        mono
        optional
        value={checksum}
        onChange={setChecksum}
        hint={checksum === '' ? `${t('url.checksum.hint')} ${t('url.unchecked')}` : digest.value}
        error={digest.wrong ? t('url.checksum.bad') : fields['checksum']}
      />
      <TextField label={t('url.user')} optional value={user} onChange={setUser} error={fields['defaultUser']} />
      {add.problem && <ProblemView problem={add.problem} compact />}
      <div className={css.submit}>
        <Button type="submit" tone="primary" busy={add.busy}>
          {t('url.add')}
        </Button>
      </div>
    </form>
  );
}

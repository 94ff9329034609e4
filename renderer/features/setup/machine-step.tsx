import { bytes } from '../../lib/format.ts';
import { images, machines, settings, useList, useLive } from '../../lib/resources.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { freeName, imageOf, isName, isUser, offeredSizes, suggestSize } from './draft.ts';
import type { StepProps } from './step-props.ts';
import css from './setup.module.css';
import { StepFrame } from './step-frame.tsx';
import { t } from './text.ts';

export function MachineStep({ draft, change }: StepProps) {
  const types = useCall(['instancetypes'], (api, signal) => api.machines.instancetypes({}, { signal }));
  const set = useLive(settings).value;
  const { items } = useList(images);
  const { items: rows } = useList(machines);
  const image = imageOf(draft.choice, draft.image, items);
  const minMemory = image?.minMemory ?? 256 * 2 ** 20;
  const size = draft.size ?? suggestSize(types.value ?? [], minMemory);
  const user = draft.user ?? image?.defaultUser ?? set?.defaultUser ?? 'hearth';
  const init = image?.cloudInit ?? true;

  const names = new Set(rows.filter((row) => row.namespace === 'default').map((row) => row.name));
  const name = draft.name ?? freeName(names);
  const taken = names.has(name);
  const nameError = taken ? t('machine.nameTaken') : isName(name) ? undefined : t('machine.nameWrong');
  const userError = init && !isUser(user) ? t('machine.userWrong') : undefined;
  const passwordError = init && draft.password === '' ? t('machine.passwordShort') : undefined;
  const lack = useOffer()('machines.create');
  const why =
    lack ?? nameError ?? userError ?? passwordError ?? (size === undefined ? t('machine.noSizes') : undefined);

  const ownKey = useCall(['ssh', 'own-key'], (api) => api.ssh.ownKey({})).value?.publicKey;
  const create = useAction(
    (api, sizeName: string) =>
      api.machines.create({
        name,
        source: { type: 'image', image: draft.image ?? { namespace: 'hearth-images', name: draft.choice } },
        size: { type: 'instancetype', name: sizeName },
        ...(image?.preference ? { preference: image.preference } : {}),
        cloudInit: init
          ? {
              type: 'form',
              hostname: name,
              user,
              password: draft.password,
              sshKeys: [...(ownKey === undefined ? [] : [ownKey]), ...(set?.sshKeys ?? []).map((each) => each.key)],
            }
          : { type: 'none' },
        start: true,
      }),
    { onDone: (machine) => change({ step: 'console', machine, name, user }) },
  );
  return (
    <StepFrame
      title={t('machine.title')}
      text={t('machine.text', { image: image?.displayName ?? draft.choice })}
      onBack={() => change({ step: 'image' })}
      onSubmit={() => why === undefined && !create.busy && size && void create.run(size)}
      next={
        <Button tone="primary" type="submit" busy={create.busy} why={why}>
          {t('machine.create')}
        </Button>
      }
    >
      <Card>
        <div className={css.form}>
          <TextField
            label={t('machine.name')}
            value={name}
            onChange={(next) => change({ name: next })}
            hint={t('machine.nameHint')}
            error={nameError}
            maxLength={63}
          />
          {types.loading && <Skeleton height="row" count={2} />}
          {types.problem && (
            <ProblemView
              problem={types.problem}
              compact
              actions={<Button onClick={types.again}>{t('image.retry')}</Button>}
            />
          )}
          {types.value && (
            <RadioCards
              label={t('machine.size')}
              columns={4}
              value={size}
              onChange={(next) => change({ size: next })}
              options={offeredSizes(types.value, minMemory).map((type) => ({
                value: type.name,
                title: bytes(type.memory),
                detail: `${type.cpus} vCPU · ${type.name}`,
                why: type.fits ? undefined : type.why,
              }))}
            />
          )}
          {init ? (
            <div className={css.pair}>
              <TextField
                label={t('machine.user')}
                value={user}
                onChange={(next) => change({ user: next })}
                error={userError}
                mono
              />
              <TextField
                label={t('machine.password')}
                value={draft.password}
                onChange={(password) => change({ password })}
                hint={t('machine.passwordHint')}
                error={passwordError}
                mono
              />
            </div>
          ) : (
            <Banner tone="note" title={t('machine.noInit')} />
          )}
        </div>
      </Card>
      {create.problem && <ProblemView problem={create.problem} />}
    </StepFrame>
  );
}

import { useState } from 'react';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './networks.module.css';
import { t } from './text.ts';

/** A new network: between machines, or on a bridge of the node where the place can do that. */
export function CreateNetworkDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [namespace, setNamespace] = useState('default');
  const [kind, setKind] = useState<'private' | 'lan'>('private');
  const [subnet, setSubnet] = useState('10.9.0.0/24');
  const [first, setFirst] = useState('');
  const [last, setLast] = useState('');
  const [bridge, setBridge] = useState('');
  const offer = useOffer();
  const noLan = offer('networks.attach:lan');
  const create = useAction(
    (api) =>
      api.networks.create({
        namespace,
        name,
        ...(kind === 'lan'
          ? { bridge: bridge.trim() }
          : {
              ...(subnet.trim() && { subnet: subnet.trim() }),
              ...(subnet.trim() && first.trim() && { first: first.trim() }),
              ...(subnet.trim() && last.trim() && { last: last.trim() }),
            }),
      }),
    {
      onDone: () => {
        toast({ title: t('created', { name }) });
        onClose();
      },
    },
  );
  const fields = create.problem?.fields;
  const ready = name.trim() !== '' && (kind === 'private' || bridge.trim() !== '');
  const why = offer('networks.create') ?? (ready ? undefined : t('create.needs'));
  const submit = (): void => {
    if (why === undefined) void create.run(undefined);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('create.title')}
      cancel
      footer={
        <Button tone="primary" busy={create.busy} why={why} onClick={submit}>
          {t('create.save')}
        </Button>
      }
    >
      <form
        className={css.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className={css.pair}>
          <TextField label={t('create.name')} value={name} onChange={setName} error={fields?.['name']} />
          <TextField
            label={t('create.namespace')}
            value={namespace}
            onChange={setNamespace}
            error={fields?.['namespace']}
          />
        </div>
        <Select
          label={t('create.type')}
          value={kind}
          onChange={setKind}
          {...(noLan && { hint: t('create.lan.not', { why: noLan }) })}
          options={[
            { value: 'private', label: t('create.private'), detail: t('create.private.detail') },
            { value: 'lan', label: t('create.lan'), detail: t('create.lan.detail'), disabled: noLan !== undefined },
          ]}
        />
        {kind === 'lan' ? (
          <TextField
            label={t('create.bridge')}
            value={bridge}
            onChange={setBridge}
            placeholder="br0"
            error={fields?.['bridge']}
          />
        ) : (
          <>
            <TextField
              label={t('create.subnet')}
              hint={t('create.subnet.hint')}
              value={subnet}
              onChange={setSubnet}
              error={fields?.['subnet']}
            />
            {subnet.trim() !== '' && (
              <div className={css.pair}>
                <TextField
                  label={t('create.first')}
                  value={first}
                  onChange={setFirst}
                  placeholder="10.9.0.10"
                  error={fields?.['first']}
                />
                <TextField
                  label={t('create.last')}
                  value={last}
                  onChange={setLast}
                  placeholder="10.9.0.254"
                  error={fields?.['last']}
                />
              </div>
            )}
          </>
        )}
        {create.problem && <ProblemView problem={create.problem} compact />}
        {/* Enter in any of its fields. */}
        <input type="submit" hidden />
      </form>
    </Dialog>
  );
}

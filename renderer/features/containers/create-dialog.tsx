import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './containers.module.css';
import { Form } from './dialogs.tsx';
import { readEnv, readPorts } from './draft.ts';
import { t } from './text.ts';
import { routeOf } from './use-containers.ts';

/** Milliseconds without a key until the target is asked what it would make of it. */
const quiet = 400;

/** A container from an image: the form of a Deployment, with its manifest beside it. */
export function CreateDialog({ onClose }: { onClose: () => void }): ReactNode {
  const [name, setName] = useState('');
  const [namespace, setNamespace] = useState('default');
  const [image, setImage] = useState('');
  const [replicas, setReplicas] = useState<number | undefined>(1);
  const [portText, setPortText] = useState('');
  const [envText, setEnvText] = useState('');
  const [command, setCommand] = useState('');
  const [, go] = useLocation();
  const offer = useOffer();
  const ports = readPorts(portText);
  const env = readEnv(envText);
  const wish = {
    name: name.trim(),
    namespace: namespace.trim() || 'default',
    image: image.trim(),
    replicas: replicas ?? 1,
    ports: ports ?? [],
    env: env ?? [],
    command: command.split('\n').map((word) => word.trim()).filter(Boolean), // prettier-ignore
  };
  const complete = wish.name !== '' && wish.image !== '' && ports !== undefined && env !== undefined;
  const settled = useSettled(JSON.stringify(wish));
  const preview = useCall(['pods', 'preview', settled], (api) => api.pods.preview(JSON.parse(settled) as typeof wish), {
    enabled: complete && offer('pods.preview') === undefined && settled === JSON.stringify(wish),
    staleMs: 0,
    keepFor: 2,
  });
  const create = useAction((api) => api.pods.create(wish), {
    onDone: (made) => {
      toast({ title: t('created', { name: made.name }) });
      onClose();
      go(routeOf(made));
    },
  });
  const problem = create.problem ?? (complete ? (preview.problem ?? preview.value?.problem) : undefined);
  const fields = problem?.fields;
  const why = offer('pods.create') ?? (complete ? undefined : t('create.needs'));
  const submit = (): void => {
    if (why === undefined) void create.run(undefined);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('create.title')}
      size="large"
      top
      cancel
      footer={
        <Button tone="primary" busy={create.busy} why={why} onClick={submit}>
          {t('create.save')}
        </Button>
      }
    >
      <Form onSubmit={submit}>
        <div className={css.pair}>
          <TextField label={t('create.name')} value={name} onChange={setName} error={fields?.['name']} />
          <TextField
            label={t('create.namespace')}
            value={namespace}
            onChange={setNamespace}
            error={fields?.['namespace']}
          />
        </div>
        <TextField
          label={t('create.image')}
          hint={t('create.image.hint')}
          value={image}
          onChange={setImage}
          error={fields?.['image']}
          mono
        />
        <div className={css.pair}>
          <NumberField label={t('create.replicas')} value={replicas} onChange={setReplicas} max={100} />
          <TextField
            label={t('create.ports')}
            hint={t('create.ports.hint')}
            value={portText}
            onChange={setPortText}
            error={ports ? undefined : t('create.ports.wrong')}
            optional
          />
        </div>
        <div className={css.pair}>
          <TextArea
            label={t('create.env')}
            hint={t('create.env.hint')}
            value={envText}
            onChange={setEnvText}
            error={env ? undefined : t('create.env.wrong')}
            rows={3}
            mono
            optional
          />
          <TextArea
            label={t('create.command')}
            hint={t('create.command.hint')}
            value={command}
            onChange={setCommand}
            rows={3}
            mono
            optional
          />
        </div>
        {problem && <ProblemView problem={problem} compact />}
        <h3 className={css.heading}>{t('create.manifest')}</h3>
        {complete && preview.value ? (
          <CodeBlock text={preview.value.yaml} label={t('create.manifest')} />
        ) : (
          <p className={css.muted}>{t('create.manifest.wait')}</p>
        )}
      </Form>
    </Dialog>
  );
}

/** The value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), quiet);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

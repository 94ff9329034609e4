import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { FoundClass } from '../../../main/contract/classroom.ts';
import { useApi } from '../../lib/connection.ts';
import { useStored } from '../../lib/storage.ts';
import { useAction } from '../../lib/use-call.ts';
import { useMay } from '../../lib/use-may.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Switch } from '../../ui/switch.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './classroom.module.css';
import { t } from './text.ts';

/** The two ways into a class. */
export function Start(): ReactNode {
  const [joining, setJoining] = useState<{ address: string }>();
  const found = useFound();
  const joinWhy = useMay()('classroom.join');
  return (
    <div className={css.ways}>
      <Card title={t('join')}>
        <div className={css.stack}>
          <p className={css.text}>{t('join.text')}</p>
          {found.map((each) => (
            <div key={each.address} className={css.row}>
              <span className={css.foundName} title={each.name}>
                {each.name} <span className={css.small}>{each.address}</span>
              </span>
              <Button size="small" why={joinWhy} onClick={() => setJoining({ address: each.address })}>
                {t('join.this')}
              </Button>
            </div>
          ))}
          <div>
            <Button tone="primary" why={joinWhy} onClick={() => setJoining({ address: '' })}>
              {t('join.by')}
            </Button>
          </div>
        </div>
      </Card>
      <Card title={t('open')}>
        <OpenForm />
      </Card>
      {joining && <JoinDialog address={joining.address} onClose={() => setJoining(undefined)} />}
    </div>
  );
}

/** Classes that announce themselves: hints, for as long as they are looked for. */
function useFound(): readonly FoundClass[] {
  const api = useApi();
  const [found, setFound] = useState<readonly FoundClass[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    void (async () => {
      try {
        for await (const all of api.classroom.found({}, { signal: stop.signal })) setFound(all);
      } catch {
        // Nothing is found then; an address can be typed.
      }
    })();
    return () => stop.abort();
  }, [api]);
  return found;
}

function OpenForm(): ReactNode {
  const [name, setName] = useStored('class.name', '');
  const [teacher, setTeacher] = useStored('class.teacher', '');
  const [ask, setAsk] = useStored('class.ask', true);
  const open = useAction((api, wish: { name: string; teacher: string; askFirst: boolean }) => api.classroom.open(wish)); // prettier-ignore
  const refused = useMay()('classroom.open');
  const ready = name.trim() !== '' && teacher.trim() !== '';
  return (
    <form
      noValidate
      className={css.stack}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && refused === undefined)
          void open.run({ name: name.trim(), teacher: teacher.trim(), askFirst: ask });
      }}
    >
      <p className={css.text}>{t('open.text')}</p>
      <TextField label={t('open.name')} value={name} onChange={setName} maxLength={80} />
      <TextField label={t('open.teacher')} value={teacher} onChange={setTeacher} maxLength={60} />
      <Switch label={t('open.ask')} hint={t('open.ask.hint')} checked={ask} onChange={setAsk} />
      {open.problem && <ProblemView problem={open.problem} compact />}
      <div>
        <Button type="submit" busy={open.busy} why={refused ?? (ready ? undefined : t('open.why'))}>
          {t('open.go')}
        </Button>
      </div>
    </form>
  );
}

/** Address, code and a name; what the class will see is said before. */
function JoinDialog({ address: first, onClose }: { address: string; onClose: () => void }): ReactNode {
  const [address, setAddress] = useState(first);
  const [code, setCode] = useState('');
  const [name, setName] = useStored('class.seat', '');
  const join = useAction((api, wish: { address: string; code: string; name: string }) => api.classroom.join(wish), { onDone: onClose }); // prettier-ignore
  const digits = code.replaceAll(/\D/g, '');
  const why =
    address.trim() === ''
      ? t('join.noAddress')
      : digits.length !== 8
        ? t('join.noCode')
        : name.trim() === ''
          ? t('join.noName')
          : undefined;
  const send = (): void => {
    if (!why) void join.run({ address: address.trim(), code: digits, name: name.trim() });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('join')}
      description={t('join.sees')}
      footer={
        <Button tone="primary" busy={join.busy} why={why} onClick={send}>
          {t('join.go')}
        </Button>
      }
    >
      <div className={css.stack}>
        <TextField label={t('address')} hint={t('join.address.hint')} mono value={address} onChange={setAddress} onEnter={send} error={join.problem?.fields?.['address']} />
        <TextField label={t('code')} mono inputMode="numeric" maxLength={9} value={code} onChange={setCode} onEnter={send} error={join.problem?.fields?.['code']} />
        <TextField label={t('join.name')} value={name} onChange={setName} onEnter={send} maxLength={60} />
        {join.problem && <ProblemView problem={join.problem} compact />}
      </div>
    </Dialog>
  );
} // prettier-ignore

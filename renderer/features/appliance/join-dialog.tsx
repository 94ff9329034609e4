import { useState } from 'react';
import type { Appliance, JoinOffer, SshProbe } from '../../../main/contract/appliance.ts';
import { dateTime } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { isSame, newSsh, noSecrets, sshPlace, sudoOf } from '../install/draft.ts';
import type { Secrets, SshDraft } from '../install/draft.ts';
import { HostKeyDialog } from '../install/host-key-dialog.tsx';
import { SshForm } from '../install/ssh-form.tsx';
import { SudoField } from '../install/sudo-field.tsx';
import css from './appliance.module.css';
import { t } from './text.ts';
import type { Runner } from './use-run.ts';
import { isNodeName } from './node-name.ts';

interface Props {
  row: Appliance;
  runner: Runner;
  onClose: () => void;
}

/** A second computer becomes a node: by a command typed there, or over SSH from here. */
export function JoinDialog({ row, runner, onClose }: Props) {
  const [way, setWay] = useState<'command' | 'ssh'>('command');
  const [offer, setOffer] = useState<JoinOffer>();
  const [ssh, setSsh] = useState<SshDraft>(newSsh);
  const [secrets, setSecrets] = useState<Secrets>(noSecrets);
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const [asked, setAsked] = useState<SshProbe>();
  const ask = useAction((api) => api.appliances.joinOffer({ id: row.id }), { onDone: setOffer });
  const nodeName = name === '' ? (ssh.host.split('.')[0] ?? '') : name;
  const nameError = isNodeName(nodeName, row.nodes) ? undefined : t('join.nameWrong');
  const join = (hostKey: string): void => {
    const node = sshPlace({ ...ssh, hostKey }, secrets);
    if (!node || nameError) return;
    const nodeSudo = sudoOf(ssh, secrets);
    runner.run((api, on) => api.appliances.join({ ...on, node, nodeName, ...(nodeSudo && { nodeSudo }) }), onClose);
  };
  const probe = useAction((api) => api.appliances.sshProbe({ host: ssh.host, port: ssh.port ?? 22 }), {
    onDone: (found) => (found.trust === 'same' ? join(found.hostKey) : setAsked(found)),
  });
  const submit = (): void => {
    setTried(true);
    if (sshPlace(ssh, secrets) && !nameError) void probe.run(undefined);
  };
  return (
    <Dialog
      open
      top
      size="large"
      onClose={onClose}
      title={t('join.title', { name: row.name })}
      description={t('join.description')}
      footer={
        <>
          <Button tone="quiet" onClick={onClose}>
            {t(offer && !offer.problem ? 'close' : 'cancel')}
          </Button>
          {way === 'ssh' && (
            <Button tone="primary" busy={probe.busy || runner.busy} onClick={submit}>
              {t('join.go')}
            </Button>
          )}
        </>
      }
    >
      <Tabs
        label={t('join.way')}
        value={way}
        onChange={setWay}
        items={[
          { value: 'command', label: t('join.command') },
          { value: 'ssh', label: t('join.ssh') },
        ]}
      >
        <div className={css.stack}>
          {way === 'command' && <Offer offer={offer} busy={ask.busy} onAsk={() => void ask.run(undefined)} />}
          {way === 'command' && ask.problem && <ProblemView problem={ask.problem} compact />}
          {way === 'ssh' && (
            <>
              <SshForm
                ssh={ssh}
                onChange={(part) => setSsh((before) => ({ ...before, ...part }))}
                secrets={secrets}
                onSecrets={(part) => setSecrets((before) => ({ ...before, ...part }))}
                tried={tried}
              />
              <TextField
                label={t('join.name')}
                value={nodeName}
                onChange={setName}
                hint={t('join.nameHint')}
                error={tried ? nameError : undefined}
                maxLength={63}
                mono
              />
              {!isSame(ssh, secrets) && (
                <SudoField
                  place={ssh.host || t('join.there')}
                  value={secrets.sudo}
                  onChange={(sudo) => setSecrets((before) => ({ ...before, sudo }))}
                />
              )}
              {(probe.problem ?? runner.problem) && (
                <ProblemView problem={(probe.problem ?? runner.problem) as NonNullable<typeof probe.problem>} compact />
              )}
            </>
          )}
        </div>
      </Tabs>
      {asked && (
        <HostKeyDialog
          host={ssh.host}
          port={ssh.port ?? 22}
          probe={asked}
          onClose={() => setAsked(undefined)}
          onAccept={(hostKey) => {
            setAsked(undefined);
            join(hostKey);
          }}
        />
      )}
    </Dialog>
  );
}

function Offer({ offer, busy, onAsk }: { offer: JoinOffer | undefined; busy: boolean; onAsk: () => void }) {
  if (offer?.problem) return <ProblemView problem={offer.problem} compact />;
  if (!offer)
    return (
      <>
        <p className={css.detail}>{t('join.offerText')}</p>
        <div>
          <Button busy={busy} onClick={onAsk}>
            {t('join.offer')}
          </Button>
        </div>
      </>
    );
  return (
    <>
      <p className={css.detail}>{t('join.type')}</p>
      <CodeBlock text={offer.command} label={t('join.command')} />
      <p className={css.muted}>{t('join.expires', { at: dateTime(offer.expires) })}</p>
    </>
  );
}

import { useState } from 'react';
import type { SshProbe } from '../../../main/contract/appliance.ts';
import { useAction } from '../../lib/use-call.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { sshPlace } from '../install/draft.ts';
import { HostKeyDialog } from '../install/host-key-dialog.tsx';
import { SshForm } from '../install/ssh-form.tsx';
import type { PlaceProps } from './place-props.ts';
import { StepFrame } from './step-frame.tsx';
import { t } from './text.ts';

/** Another machine over SSH: first its host key, then everything else. */
export function PlaceConnect({ draft, set, secrets, setSecrets }: PlaceProps) {
  const [tried, setTried] = useState(false);
  const [asked, setAsked] = useState<SshProbe>();
  const { ssh } = draft;
  const next = draft.settings ? 'plan' : 'check';
  const accept = (hostKey: string): void => set({ ssh: { ...ssh, hostKey }, part: next });
  const probe = useAction((api) => api.appliances.sshProbe({ host: ssh.host, port: ssh.port ?? 22 }), {
    onDone: (found) => {
      const known = found.trust === 'same' || (found.trust === 'new' && found.hostKey === ssh.hostKey);
      if (known) accept(found.hostKey);
      else setAsked(found);
    },
  });
  const again = draft.part !== 'connect';
  const submit = (): void => {
    setTried(true);
    if (sshPlace(ssh, secrets) !== undefined) void probe.run(undefined);
  };
  return (
    <StepFrame
      title={t('connect.title')}
      text={t('connect.text')}
      onBack={() => set({ part: 'choose' })}
      onSubmit={submit}
      next={
        <Button tone="primary" type="submit" busy={probe.busy}>
          {t('connect.next')}
        </Button>
      }
    >
      {again && <Banner tone="note" title={t('connect.again')} />}
      <Card>
        <SshForm
          ssh={ssh}
          onChange={(part) => set({ ssh: { ...ssh, ...part } })}
          secrets={secrets}
          onSecrets={setSecrets}
          tried={tried}
        />
      </Card>
      {probe.problem && <ProblemView problem={probe.problem} />}
      {asked && (
        <HostKeyDialog
          host={ssh.host}
          port={ssh.port ?? 22}
          probe={asked}
          onClose={() => setAsked(undefined)}
          onAccept={accept}
        />
      )}
    </StepFrame>
  );
}

import { useCallback, useState } from 'react';
import type { ReactNode } from 'react';
import type { PodDetail } from '../../../main/contract/pods.ts';
import { useApi } from '../../lib/connection.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Checkbox } from '../../ui/checkbox.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { DownloadIcon } from '../../ui/icons.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { saveFile, stamped } from '../console/save.ts';
import { useContainer } from './choose-container.tsx';
import { withReturns } from './returns.ts';
import { TerminalPanel } from './terminal-panel.tsx';
import { t } from './text.ts';

/** Lines that are read back when a log is opened, and that are saved. */
const shown = 2000;
const saved = 100_000;

/** The log of a container: followed live, searched, saved; also of the container before it. */
export function LogsTab({ detail }: { detail: PodDetail }): ReactNode {
  const { chosen, choice } = useContainer(detail);
  const [previous, setPrevious] = useState(false);
  const [timestamps, setTimestamps] = useState(false);
  const api = useApi();
  const offer = useOffer();
  const { namespace = '', pod = '', container = '' } = chosen ?? {};
  const before = previous && chosen?.previous === true;
  const open = useCallback(
    async () => withReturns(await api.pods.logs({ namespace, name: pod, container, previous: before, timestamps, tail: shown })), // prettier-ignore
    [api, namespace, pod, container, before, timestamps],
  );
  const save = useAction(
    (call) => call.pods.readLog({ namespace, name: pod, container, previous: before, timestamps, tail: saved }),
    {
      onDone: ({ text, truncated }) => {
        saveFile(`${stamped(`${pod} ${container}`)}.log`, [text], 'text/plain;charset=utf-8');
        if (truncated) toast({ title: t('logs.truncated'), tone: 'note' });
      },
      onProblem: toastProblem,
    },
  );
  const why = offer('pods.logs') ?? (chosen ? undefined : t('choose.none'));
  return (
    <TerminalPanel
      label={t('logs.label', { name: pod || detail.row.name })}
      open={open}
      why={why}
      viewOnly
      live={t('logs.following')}
      again={t('logs.again')}
      choice={choice}
      tools={
        <>
          {chosen?.previous && <Checkbox label={t('logs.previous')} checked={previous} onChange={setPrevious} />}
          <Checkbox label={t('logs.times')} checked={timestamps} onChange={setTimestamps} />
          <IconButton
            icon={DownloadIcon}
            label={t('logs.save')}
            busy={save.busy}
            why={offer('pods.readLog') ?? why}
            onClick={() => void save.run(undefined)}
          />
        </>
      }
    />
  );
}

import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ForeignFile } from '../../../main/contract/foreign.ts';
import { useCall } from '../../lib/use-call.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { ChooseFiles } from './choose-files.tsx';
import css from './foreign.module.css';
import { Described } from './described.tsx';
import { t } from './text.ts';

interface Chosen {
  /** Tells one choice from the next; the files themselves are long. */
  id: number;
  files: ForeignFile[];
}
/** What was chosen last in this window: who went to the library to add a disk and comes back finds it again. */
const last: { id: number; chosen?: Chosen | undefined } = { id: 0 };

/** A machine of another program: its description or its disks are looked at, and the form to create a machine filled in. */
export function ForeignPage(): ReactNode {
  const [chosen, setChosen] = useState(last.chosen);
  const choose = (files: ForeignFile[] | undefined): void => {
    last.id += 1;
    last.chosen = files && { id: last.id, files };
    setChosen(last.chosen);
  };
  const look = useCall(
    ['foreign.preview', chosen?.id],
    (api) => api.foreign.preview({ files: chosen?.files ?? [] }),
    { enabled: chosen !== undefined, staleMs: 0 },
  ); // prettier-ignore
  const busy = look.loading || look.refreshing;
  return (
    <Page>
      <PageHeader title={t('title')} subtitle={t('subtitle')} back={{ to: '/machines/import', label: t('back') }} />
      <div className={css.page}>
        {chosen && look.value ? (
          <Described found={look.value} busy={busy} onLookAgain={look.again} onOther={() => choose(undefined)} />
        ) : (
          <ChooseFiles busy={busy} onFiles={choose} />
        )}
        {chosen && look.problem && <ProblemView problem={look.problem} />}
      </div>
    </Page>
  );
}

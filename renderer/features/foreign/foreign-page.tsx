import type { ReactNode } from 'react';
import type { ForeignFile } from '../../../main/contract/foreign.ts';
import { useAction } from '../../lib/use-call.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { ChooseFiles } from './choose-files.tsx';
import css from './foreign.module.css';
import { Described } from './described.tsx';
import { t } from './text.ts';

/** A machine of another program: its description or its disks are looked at, and the form to create a machine filled in. */
export function ForeignPage(): ReactNode {
  const look = useAction((api, files: ForeignFile[]) => api.foreign.preview({ files }));
  return (
    <Page>
      <PageHeader title={t('title')} subtitle={t('subtitle')} back={{ to: '/machines/import', label: t('back') }} />
      <div className={css.page}>
        {look.value ? (
          <Described
            found={look.value}
            busy={look.busy}
            onLookAgain={() => void look.run(look.pending ?? [])}
            onOther={look.reset}
          />
        ) : (
          <ChooseFiles busy={look.busy} onFiles={(files) => void look.run(files)} />
        )}
        {look.problem && <ProblemView problem={look.problem} />}
      </div>
    </Page>
  );
}

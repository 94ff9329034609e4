import { useState } from 'react';
import { boxNetworkSchema } from '../../../../../main/contract/box/network.ts';
import { Button } from '../../../../ui/button.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import css from '../../boxes.module.css';
import { fromNetwork, toNetwork } from '../../network-draft.ts';
import { NetworkFields } from '../../network-fields.tsx';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';

/** Path below the network -> what is wrong there, by the rules that the box itself has. */
function check(network: unknown): Record<string, string> {
  const parsed = boxNetworkSchema.safeParse(network);
  if (parsed.success) return {};
  return Object.fromEntries(parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message]));
}

/** Another network is tried first, and taken back by itself unless somebody says over it that it holds. */
export function NetworkForm({ onGiveUp }: { onGiveUp?: () => void }) {
  const { state, away, door } = useBox();
  const [draft, setDraft] = useState(() => fromNetwork(state.network.current));
  const [tried, setTried] = useState(false);
  const act = useAct();
  const network = toNetwork(draft);
  const errors = check(network);
  const submit = (): void => {
    setTried(true);
    if (Object.keys(errors).length === 0) void act.run({ do: 'network', network });
  };
  return (
    <form
      noValidate
      className={css.stack}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <NetworkFields
        draft={draft}
        onChange={(part) => setDraft((before) => ({ ...before, ...part }))}
        errors={tried ? errors : {}}
        cards={state.addresses}
      />
      <p className={css.muted}>{t(door.own ? 'network.tryTextOwn' : 'network.tryText')}</p>
      {act.problem && <ProblemView problem={act.problem} compact />}
      <div className={css.actions}>
        <Button type="submit" tone="primary" busy={act.busy} why={away ?? (state.network.trial ? t('network.trialFirst') : undefined)}>
          {t('network.try')}
        </Button>
        {onGiveUp && (
          <Button tone="quiet" onClick={onGiveUp}>
            {t('network.giveUp')}
          </Button>
        )}
      </div>
    </form>
  );
} // prettier-ignore

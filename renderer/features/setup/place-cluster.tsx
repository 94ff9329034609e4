import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ClusterForm } from '../targets/cluster-form.tsx';
import { sourceProblem } from '../targets/cluster.ts';
import { t as targets } from '../targets/text.ts';
import { useCluster } from '../targets/use-cluster.ts';
import type { PlaceProps } from './place-props.ts';
import { StepFrame } from './step-frame.tsx';
import { t } from './text.ts';

/** A cluster that is there already, by its kubeconfig. */
export function PlaceCluster({ set, goOn }: PlaceProps) {
  const cluster = useCluster(goOn);
  const missing = sourceProblem(cluster.draft);
  const answered = cluster.state === 'answered';
  return (
    <StepFrame
      title={t('cluster.title')}
      text={targets('add.description')}
      onBack={() => set({ part: 'choose' })}
      onSubmit={() => (answered ? cluster.save() : cluster.look())}
      next={
        <>
          {answered && (
            <Button busy={cluster.test.busy} onClick={cluster.look}>
              {targets('add.testAgain')}
            </Button>
          )}
          <Button
            tone="primary"
            type="submit"
            busy={answered ? cluster.add.busy : cluster.test.busy}
            why={missing && targets(`add.${missing}Why`)}
          >
            {targets(answered ? 'add.save' : 'add.test')}
          </Button>
        </>
      }
    >
      <Card>
        <ClusterForm cluster={cluster} />
      </Card>
    </StepFrame>
  );
}

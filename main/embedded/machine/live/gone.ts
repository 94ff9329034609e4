import type { Qmp, QmpEvent } from '../qemu/qmp.ts';

/** Whether QEMU tells within `ms` that a device is gone. To be called before `device_del`: the event may come at once. */
export async function deviceGone(qmp: Qmp, id: string, ms: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const look = ({ event, data }: QmpEvent): void => {
    if (event === 'DEVICE_DELETED' && data['device'] === id) resolve(true);
  };
  qmp.on('event', look);
  const timer = setTimeout(() => resolve(false), ms);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    qmp.off('event', look);
  }
}

import type { UpdateNotifications } from '../../../main/contract/notifications.ts';
import type { Action } from '../../lib/use-call.ts';

/** Keeps a change of the settings of notifications. */
export type Save = Action<UpdateNotifications, void>;

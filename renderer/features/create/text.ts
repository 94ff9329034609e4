import en from '../../../assets/locales/en/create.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('create', en);
export type CreateText = keyof typeof en;

import en from '../../../assets/locales/en/classroom.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('classroom', en);

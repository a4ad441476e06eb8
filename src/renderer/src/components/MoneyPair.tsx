import type { ComponentProps } from 'react';
import { t } from '../i18n/t.ts';
import { Figure, FigureRow } from './Figure.tsx';

export interface Side {
  readonly label: string;
  /** Undefined while a field it needs is not filled in. */
  readonly value: string | undefined;
  readonly unit?: string;
  readonly exact?: string;
  readonly assumption: string;
}

/** What may come in and what may be lost, in the same size of type; only sign and colour differ. */
export function MoneyPair({ gain, loss }: { gain: Side; loss: Side }) {
  return (
    <FigureRow>
      <Figure {...figureOf(gain)} />
      <Figure {...figureOf(loss)} {...(loss.value !== undefined && { tone: 'danger' })} />
    </FigureRow>
  );
}

/** One side of it as a figure; what is not known says so. */
export const figureOf = ({ assumption, ...side }: Side): ComponentProps<typeof Figure> => ({
  ...side,
  ...(side.value === undefined && { value: t('unknown'), tone: 'unknown' }),
  note: assumption,
});

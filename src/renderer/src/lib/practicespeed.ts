import { useState } from 'react';
import type { Api } from '../../../shared/api.ts';
import type { Client } from '../../../shared/contract.ts';
import { errorText } from '../../../shared/errors.ts';
import { t } from '../i18n/t.ts';
import { shownError } from './shownerror.ts';

/** How fast practice time can be set to run. 0 pauses it. */
export const practiceSpeeds = [0, 1, 10, 60, 120] as const;

export function speedText(speed: number): string {
  if (speed === 0) return t('speed.paused');
  return speed === 1 ? t('speed.normal') : t('speed.times', { speed });
}

/** The same where the words stand beside each other to choose from. */
export function shortSpeedText(speed: number): string {
  if (speed === 0) return t('speed.pausedShort');
  return speed === 1 ? t('speed.normalShort') : t('speed.timesShort', { speed });
}

export function useSetSpeed(client: Client<Api>): { setSpeed: (speed: number) => void; failure?: string } {
  const [failure, setFailure] = useState<string>();
  const setSpeed = (speed: number) => {
    setFailure(undefined);
    client.setPracticeSpeed({ speed }).catch((error: unknown) => setFailure(errorText(shownError(error))));
  };
  return { setSpeed, ...(failure !== undefined && { failure }) };
}

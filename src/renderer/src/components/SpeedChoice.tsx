import { SegmentedControl } from '@mantine/core';
import { useConnection } from '../api/node.tsx';
import { t } from '../i18n/t.ts';
import { practiceSpeeds, shortSpeedText, useSetSpeed } from '../lib/practicespeed.ts';
import { StatusMark } from './StatusMark.tsx';

/** How fast the time of the practice network runs. */
export function SpeedChoice({ speed }: { speed: number }) {
  const { client } = useConnection();
  const { setSpeed, failure } = useSetSpeed(client);
  const speeds = [...new Set([...practiceSpeeds, speed])].sort((a, b) => a - b);
  return (
    <>
      <SegmentedControl
        aria-label={t('settings.speed')}
        value={String(speed)}
        onChange={(value) => setSpeed(Number(value))}
        data={speeds.map((choice) => ({ value: String(choice), label: shortSpeedText(choice) }))}
      />
      <output>{failure !== undefined && <StatusMark shape="attention">{failure}</StatusMark>}</output>
    </>
  );
}

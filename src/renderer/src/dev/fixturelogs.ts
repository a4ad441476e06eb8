import type { Diagnostics, LogExportStep } from '../../../shared/api.ts';

const document = {
  about: 'Diagnostics of Slotkeeper. Names such as address-1 stand for what was replaced.',
  settings: { network: { kind: 'custom', rpcUrls: ['https://server-1/[path]'] } },
  newest_lines: Array.from({ length: 80 }, (_, index) => ({
    message: `Line ${index}`,
    fields: { slotId: 'id-1' },
  })),
};

export const fixtureDiagnostics: Diagnostics = {
  id: 'shown',
  name: 'slotkeeper-diagnostics-2026-11-22.json',
  text: `${JSON.stringify(document, null, 2)}\n`,
  replaced: [
    { kind: 'address', values: 2, times: 14 },
    { kind: 'id', values: 31, times: 402 },
    { kind: 'server', values: 1, times: 3 },
    { kind: 'secret', values: 0, times: 2 },
  ],
};

export const fixtureExportStep: LogExportStep = {
  isDone: true,
  lines: 60,
  doneBytes: 9000,
  totalBytes: 9000,
  text: '',
};
